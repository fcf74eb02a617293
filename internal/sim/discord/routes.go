package discord

import "net/http"

// routes lists every endpoint of the stand-in.
func (s *Server) routes() *http.ServeMux {
	list := []route{
		{"GET", "gateway", false, nil, s.getGateway},
		{"GET", "gateway/bot", true, nil, s.getGatewayBot},
		{"GET", "users/@me", true, nil, s.getMe},
		{"GET", "users/{user}", true, nil, s.getUser},
		{"POST", "users/@me/channels", true, nil, s.postDM},
		{"GET", "users/@me/guilds", true, nil, s.getMyGuilds},
		{"GET", "oauth2/applications/@me", true, nil, s.getApplication},
		{"GET", "applications/@me", true, nil, s.getApplication},

		{"GET", "applications/{app}/commands", true, nil, s.getCommands},
		{"PUT", "applications/{app}/commands", true, nil, s.putCommands},
		{"POST", "applications/{app}/commands", true, nil, s.postCommand},
		{"GET", "applications/{app}/commands/{command}", true, nil, s.getCommand},
		{"PATCH", "applications/{app}/commands/{command}", true, nil, s.patchCommand},
		{"DELETE", "applications/{app}/commands/{command}", true, nil, s.deleteCommand},
		{"GET", "applications/{app}/guilds/{guild}/commands", true, nil, s.getCommands},
		{"PUT", "applications/{app}/guilds/{guild}/commands", true, nil, s.putCommands},
		{"POST", "applications/{app}/guilds/{guild}/commands", true, nil, s.postCommand},
		{"GET", "applications/{app}/guilds/{guild}/commands/{command}", true, nil, s.getCommand},
		{"PATCH", "applications/{app}/guilds/{guild}/commands/{command}", true, nil, s.patchCommand},
		{"DELETE", "applications/{app}/guilds/{guild}/commands/{command}", true, nil, s.deleteCommand},

		{"GET", "guilds/{guild}", true, nil, s.getGuild},
		{"GET", "guilds/{guild}/channels", true, nil, s.getGuildChannels},
		{"GET", "guilds/{guild}/roles", true, nil, s.getGuildRoles},
		{"GET", "guilds/{guild}/members/{user}", true, nil, s.getGuildMember},
		{"PATCH", "guilds/{guild}/members/{user}", true, s.memberBucket, s.patchMember},
		{"PUT", "guilds/{guild}/members/{user}/roles/{role}", true, s.memberBucket, s.putMemberRole},
		{"DELETE", "guilds/{guild}/members/{user}/roles/{role}", true, s.memberBucket, s.deleteMemberRole},

		{"GET", "channels/{channel}", true, nil, s.getChannel},
		{"PATCH", "channels/{channel}", true, s.renameBucket, s.patchChannel},
		{"DELETE", "channels/{channel}", true, nil, s.deleteChannelCall},
		{"GET", "channels/{channel}/messages", true, nil, s.getMessages},
		{"POST", "channels/{channel}/messages", true, s.messageBucket, s.postMessage},
		{"GET", "channels/{channel}/messages/{message}", true, nil, s.getMessage},
		{"PATCH", "channels/{channel}/messages/{message}", true, s.editBucket, s.patchMessage},
		{"DELETE", "channels/{channel}/messages/{message}", true, nil, s.deleteMessageCall},
		{"GET", "channels/{channel}/webhooks", true, nil, s.getChannelWebhooks},
		{"POST", "channels/{channel}/webhooks", true, nil, s.postWebhook},
		{"POST", "channels/{channel}/typing", true, nil, s.postTyping},
		{"PUT", "channels/{channel}/pins/{message}", true, nil, s.putPin},

		{"GET", "webhooks/{hook}", true, nil, s.getWebhook},
		{"DELETE", "webhooks/{hook}", true, nil, s.deleteWebhookCall},
		{"GET", "webhooks/{hook}/{token}", false, nil, s.getWebhook},
		{"DELETE", "webhooks/{hook}/{token}", false, nil, s.deleteWebhookCall},
		{"POST", "webhooks/{hook}/{token}", false, s.hookBucket, s.executeWebhook},
		{"GET", "webhooks/{hook}/{token}/messages/{message}", false, s.hookBucket, s.getHookMessage},
		{"PATCH", "webhooks/{hook}/{token}/messages/{message}", false, s.hookBucket, s.patchHookMessage},
		{"DELETE", "webhooks/{hook}/{token}/messages/{message}", false, s.hookBucket, s.deleteHookMessage},
		{"POST", "interactions/{interaction}/{token}/callback", false, s.callbackBucket, s.postCallback},
	}
	mux := http.NewServeMux()
	for _, rt := range list {
		mux.Handle(rt.method+" /api/{version}/"+rt.path, s.serve(rt))
	}
	mux.HandleFunc("GET "+gatewayPath, s.gateway.serve)
	mux.HandleFunc("GET /attachments/{channel}/{id}/{name}", s.serveAttachment)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.note(Call{Method: r.Method, Path: redact(apiPath(r.URL.Path)), Status: http.StatusNotFound, At: s.cfg.Now()})
		writeError(w, &apiError{status: http.StatusNotFound, msg: "404: Not Found"})
	})
	return mux
}
