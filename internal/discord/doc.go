// Package discord is the bot's one edge to Discord: interactions come in through
// the gateway and become chat.Request, chat.Message goes out over REST. Nothing
// else in the program holds a discordgo session or knows Discord's JSON.
//
// discordgo runs the websocket and nothing more. What it gets wrong (discord.md
// lists it) is kept away from it: a wire (wire.go) between it and the network
// sees each gateway frame first and ends the connection where discordgo would
// block for ever, a supervisor (gateway.go) makes every decision to reconnect,
// and REST goes through a transport of our own (transport.go) whose waits end
// with their context.
//
// The deadlines in here (3 s to answer, 15 min of a token, heartbeats, windows
// of rate limits) are kept by Discord on the wall's clock, so this package uses
// the wall's clock too, in the demo as well.
package discord
