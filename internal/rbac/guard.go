package rbac

import "fmt"

// Guard is what a command, a button or a page asks of whoever uses it. The zero
// Guard lets nobody through, so that a forgotten one fails closed.
type Guard struct {
	kind       guardKind
	permission Permission
}

type guardKind uint8

const (
	guardNobody guardKind = iota
	guardAnyone
	guardOwn
	guardPermission
	guardLeader
	guardOperator
)

// Anyone asks for nothing, not even a known membership.
func Anyone() Guard { return Guard{kind: guardAnyone} }

// Own lets a member see figures about themselves only; the handler must ask for
// nobody else's.
func Own() Guard { return Guard{kind: guardOwn} }

// Need asks for one permission.
func Need(p Permission) Guard { return Guard{kind: guardPermission, permission: p} }

// Leader asks for the faction's leader or co-leader, or an operator.
func Leader() Guard { return Guard{kind: guardLeader} }

// Operator asks for somebody who runs this bot.
func Operator() Guard { return Guard{kind: guardOperator} }

// Valid tells that the guard was made by one of the functions above; the registry
// refuses commands without.
func (g Guard) Valid() bool { return g.kind != guardNobody && g.permission < permissions }

// String is the name in the table of commands: a permission, "own", "leader",
// "operator", or empty for anyone.
func (g Guard) String() string {
	switch g.kind {
	case guardAnyone:
		return ""
	case guardOwn:
		return "own"
	case guardPermission:
		return g.permission.String()
	case guardLeader:
		return "leader"
	case guardOperator:
		return "operator"
	default:
		return "nobody"
	}
}

// ParseGuard reads what String wrote.
func ParseGuard(s string) (Guard, error) {
	for _, g := range []Guard{Anyone(), Own(), Leader(), Operator()} {
		if g.String() == s {
			return g, nil
		}
	}
	if p, ok := ParsePermission(s); ok {
		return Need(p), nil
	}
	return Guard{}, fmt.Errorf("parse guard: %q is no permission and none of own, leader, operator", s)
}
