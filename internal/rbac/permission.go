// Package rbac decides who may do what: 17 permissions, the game's positions they
// map to, and one Allow. Whatever is not known is denied (surface.md).
package rbac

import "strings"

// Permission is one of the 17 things a position can be allowed.
type Permission uint8

// The permissions.
const (
	WarView Permission = iota
	WarManage
	WarPayout
	OCView
	OCManage
	ChainView
	ChainManage
	MemberView
	MemberManage
	FinanceView
	FinanceManage
	DiscordView
	DiscordManage
	ConfigView
	ConfigManage
	AuditView
	Admin
	permissions // how many there are
)

// Permissions lists every permission once.
func Permissions() []Permission {
	all := make([]Permission, permissions)
	for i := range all {
		all[i] = Permission(i)
	}
	return all
}

// String is the name people see and type: "war.view".
func (p Permission) String() string {
	switch p {
	case WarView:
		return "war.view"
	case WarManage:
		return "war.manage"
	case WarPayout:
		return "war.payout"
	case OCView:
		return "oc.view"
	case OCManage:
		return "oc.manage"
	case ChainView:
		return "chain.view"
	case ChainManage:
		return "chain.manage"
	case MemberView:
		return "member.view"
	case MemberManage:
		return "member.manage"
	case FinanceView:
		return "finance.view"
	case FinanceManage:
		return "finance.manage"
	case DiscordView:
		return "discord.view"
	case DiscordManage:
		return "discord.manage"
	case ConfigView:
		return "config.view"
	case ConfigManage:
		return "config.manage"
	case AuditView:
		return "audit.view"
	case Admin:
		return "admin"
	default:
		return "unknown"
	}
}

// ParsePermission finds a permission by its name.
func ParsePermission(name string) (Permission, bool) {
	for p := range permissions {
		if p.String() == name {
			return p, true
		}
	}
	return 0, false
}

// Set holds permissions, and whether somebody may see their own figures. The zero
// Set holds nothing.
type Set uint32

// ownFigures says "their own figures"; it is no permission and cannot be mapped.
const ownFigures Set = 1 << permissions

// SetOf makes a set.
func SetOf(ps ...Permission) Set {
	var s Set
	for _, p := range ps {
		s = s.With(p)
	}
	return s
}

// All holds the 17 permissions.
func All() Set { return 1<<permissions - 1 }

// Unmapped is what a position has that nobody mapped.
func Unmapped() Set { return SetOf(WarView, OCView, ChainView) }

// Viewing is what one faction may let another have: looking, and nothing else.
func Viewing() Set {
	return SetOf(WarView, OCView, ChainView, MemberView, FinanceView, DiscordView, ConfigView, AuditView)
}

// With adds a permission. One that does not exist adds nothing.
func (s Set) With(p Permission) Set {
	if p >= permissions {
		return s
	}
	return s | 1<<p
}

// Without takes a permission out.
func (s Set) Without(p Permission) Set {
	if p >= permissions {
		return s
	}
	return s &^ (1 << p)
}

// Has tells whether a permission is in the set; one that does not exist never is.
func (s Set) Has(p Permission) bool { return p < permissions && s&(1<<p) != 0 }

// Own tells whether the set lets somebody see their own figures.
func (s Set) Own() bool { return s&ownFigures != 0 }

// List gives the permissions of the set in their order.
func (s Set) List() []Permission {
	var list []Permission
	for p := range permissions {
		if s.Has(p) {
			list = append(list, p)
		}
	}
	return list
}

// String joins the names with spaces.
func (s Set) String() string {
	list := s.List()
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.String()
	}
	return strings.Join(names, " ")
}
