package discord

import (
	"slices"
)

// scopeOf gives the guild whose commands are meant; "" is global. The caller
// holds s.mu.
func (s *Server) scopeOf(r *request) (string, error) {
	if r.PathValue("app") != s.app.ID {
		return "", notFound(10002, "Application")
	}
	id := r.PathValue("guild")
	if id != "" && s.guilds[id] == nil {
		return "", missingAccess()
	}
	return id, nil
}

// filled is a command as it is stored: with ids, and the defaults in place.
func (s *Server) filled(c Command, scope string) Command {
	c.AppID, c.GuildID = s.app.ID, scope
	if c.Type == 0 {
		c.Type = 1
	}
	for _, old := range s.commands[scope] {
		if old.Name == c.Name && old.Type == c.Type {
			c.ID = old.ID
		}
	}
	if c.ID == "" || !slices.ContainsFunc(s.commands[scope], func(o Command) bool { return o.ID == c.ID }) {
		c.ID = s.newID()
	}
	c.Version = s.newID()
	return c
}

func (s *Server) setCommands(scope string, list []Command) {
	s.commands[scope] = list
	s.feed.all("world")
	s.bump()
}

func (s *Server) getCommands(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, err := s.scopeOf(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(append([]Command{}, s.commands[scope]...))
}

func (s *Server) putCommands(r *request) (reply, error) {
	var list []Command
	if _, err := readBody(r.Request, &list); err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, err := s.scopeOf(r)
	if err != nil {
		return reply{}, err
	}
	next := []Command{}
	for _, c := range list {
		next = append(next, s.filled(c, scope))
	}
	if err := checkCommands(next); err != nil {
		return reply{}, err
	}
	s.setCommands(scope, next)
	return ok200(next)
}

func (s *Server) postCommand(r *request) (reply, error) {
	var c Command
	if _, err := readBody(r.Request, &c); err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, err := s.scopeOf(r)
	if err != nil {
		return reply{}, err
	}
	c = s.filled(c, scope)
	return s.upsert(scope, c)
}

// upsert stores one command under its id. The caller holds s.mu.
func (s *Server) upsert(scope string, c Command) (reply, error) {
	if err := checkOneCommand(&c); err != nil {
		return reply{}, err
	}
	next := slices.DeleteFunc(slices.Clone(s.commands[scope]), func(o Command) bool { return o.ID == c.ID })
	next = append(next, c)
	if err := checkCommands(next); err != nil {
		return reply{}, err
	}
	s.setCommands(scope, next)
	return ok200(c)
}

// commandOf finds the command of a request. The caller holds s.mu.
func (s *Server) commandOf(r *request) (string, Command, error) {
	scope, err := s.scopeOf(r)
	if err != nil {
		return "", Command{}, err
	}
	for _, c := range s.commands[scope] {
		if c.ID == r.PathValue("command") {
			return scope, c, nil
		}
	}
	return "", Command{}, unknownCommand()
}

func (s *Server) getCommand(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, c, err := s.commandOf(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(c)
}

func (s *Server) patchCommand(r *request) (reply, error) {
	var patch Command
	if _, err := readBody(r.Request, &patch); err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, c, err := s.commandOf(r)
	if err != nil {
		return reply{}, err
	}
	if patch.Name != "" {
		c.Name = patch.Name
	}
	if patch.Description != "" {
		c.Description = patch.Description
	}
	if patch.Options != nil {
		c.Options = patch.Options
	}
	if patch.Permissions != nil {
		c.Permissions = patch.Permissions
	}
	c.Version = s.newID()
	return s.upsert(scope, c)
}

func (s *Server) deleteCommand(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, c, err := s.commandOf(r)
	if err != nil {
		return reply{}, err
	}
	s.setCommands(scope, slices.DeleteFunc(slices.Clone(s.commands[scope]), func(o Command) bool { return o.ID == c.ID }))
	return noContent()
}

// Commands lists the commands registered for a guild; "" are the global ones.
func (s *Server) Commands(guildID string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands[guildID])
}
