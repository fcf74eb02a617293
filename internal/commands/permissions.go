package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// Rights keeps what a faction decided for each of its positions. SetGrants and
// ClearGrants change the mapping that was seen (zero: none), or nothing: a Conflict
// when it is another by now, or the abilities in m are. ended counts the web links that
// ended with lost rights.
type Rights interface {
	Positions(ctx context.Context, id faction.ID) ([]faction.Position, error)
	Mappings(ctx context.Context, id faction.ID) ([]rbac.Mapped, error)
	SetGrants(ctx context.Context, id faction.ID, was, m rbac.Mapped) (ended int, err error)
	ClearGrants(ctx context.Context, id faction.ID, was rbac.Mapped, now time.Time) (ended int, err error)
}

// permissions decides what positions may do: /config permissions. A choice is shown
// with whom it touches before it is stored; until then it lives in the custom id.
type permissions struct{ deps *Deps }

const (
	choosePermissions  = "permissions:choose"  // a select
	tryPermissions     = "permissions:try"     // a button with a choice
	confirmPermissions = "permissions:confirm" // a button that stores it
	cancelPermissions  = "permissions:cancel"
)

// byDefault stands for "not mapped" where a custom id holds a choice.
const byDefault = "default"

func (h *permissions) table() noun {
	private := chat.Plan{Ephemeral: true}
	manage := func(name string, fn handler) route {
		return route{name: name, guard: rbac.Need(rbac.ConfigManage), plan: private, handle: fn}
	}
	click := func(name string, fn handler) route {
		rt := manage(name, fn)
		rt.ours = true
		return rt
	}
	return noun{
		commands: []command{
			{
				route:       route{name: "config permissions show", guard: rbac.Need(rbac.ConfigView), reads: true, plan: private, handle: h.show},
				description: "Which position may do what",
			},
			{
				route:       manage("config permissions set", h.set),
				description: "Decide what a position may do; shows who gains and loses what first",
				options:     []chat.Option{{Name: "position", Description: "A position of your faction in the game", Required: true, Autocomplete: true, Max: bound(100)}},
				complete:    map[string]completer{"position": h.suggest},
			},
		},
		actions: []route{
			click(choosePermissions, h.choose), click(tryPermissions, h.try),
			click(confirmPermissions, h.confirm), click(cancelPermissions, h.cancel),
		},
	}
}

// mapping is all that a decision about one position rests on.
type mapping struct {
	faction  faction.ID
	position faction.Position
	was      rbac.Mapped // zero: not mapped
	roster   faction.Roster
	before   rbac.Snapshot
}

// choice is what somebody wants a position to have.
type choice struct {
	byDefault bool // take the mapping away
	set       rbac.Set
}

func (ch choice) effective() rbac.Set {
	if ch.byDefault {
		return rbac.Unmapped()
	}
	return ch.set
}

// String is how a custom id holds a choice.
func (ch choice) String() string {
	if ch.byDefault {
		return byDefault
	}
	return strconv.FormatUint(uint64(ch.set), 16)
}

func parseChoice(s string) (choice, bool) {
	if s == byDefault {
		return choice{byDefault: true}, true
	}
	n, err := strconv.ParseUint(s, 16, 32)
	set := rbac.Set(n)
	return choice{set: set}, err == nil && set&^rbac.All() == 0
}

// key stands for a position in custom ids, where its name may not fit.
func key(position string) string { return short(position) }

func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// version tells whether a preview still shows what is so.
func (m mapping) version() string {
	abilities := slices.Clone(m.position.Abilities)
	slices.Sort(abilities)
	return short(fmt.Sprintf("%d %d %d %q", m.was.Granted, m.was.Effective, m.was.At.UnixMicro(), abilities))
}

// now is what the position has at present.
func (m mapping) now() rbac.Set {
	if m.was.Position == "" {
		return rbac.Unmapped()
	}
	return m.was.Effective
}

// offered is what a choice begins with: the mapping, else what the game suggests.
func (m mapping) offered() choice {
	if m.was.Position != "" {
		return choice{set: m.was.Granted}
	}
	return m.suggested()
}

func (m mapping) suggested() choice {
	return choice{set: suggestedFor(m.position)}
}

// after is how things stand once a choice is stored.
func (m mapping) after(ch choice) rbac.Snapshot {
	s := m.before
	s.Granted = make(map[string]rbac.Set, len(m.before.Granted)+1)
	for position, set := range m.before.Granted {
		s.Granted[position] = set
	}
	delete(s.Granted, m.position.Name)
	if !ch.byDefault {
		s.Granted[m.position.Name] = ch.set
	}
	return s
}

// members are who has the position.
func (m mapping) members() []faction.Member {
	var out []faction.Member
	for _, one := range m.roster.Members {
		if one.Position == m.position.Name {
			out = append(out, one)
		}
	}
	return out
}

// read finds a position by whatever tells it, and all that bears on it.
func (h *permissions) read(ctx context.Context, c *Call, is func(faction.Position) bool) (mapping, error) {
	m := mapping{faction: c.Faction}
	known, err := h.deps.Rights.Positions(ctx, c.Faction)
	if err != nil {
		return m, err
	}
	i := slices.IndexFunc(known, is)
	if i < 0 {
		return m, errNoPosition(known)
	}
	m.position = known[i]
	if !rbac.Mappable(m.position.Name) {
		return m, faction.Errorf(faction.Invalid, "Leader and co-leader have all permissions, recruits none but their own figures; that cannot be changed. Nothing was changed.")
	}
	mapped, err := h.deps.Rights.Mappings(ctx, c.Faction)
	if err != nil {
		return m, err
	}
	m.before = rbac.Snapshot{Members: map[faction.PlayerID]string{}, Known: known, Granted: map[string]rbac.Set{}}
	for _, one := range mapped {
		m.before.Granted[one.Position] = one.Effective
		if one.Position == m.position.Name {
			m.was = one
		}
	}
	if m.roster, err = c.roster(ctx); err != nil {
		return m, err
	}
	for _, one := range m.roster.Members {
		m.before.Members[one.ID] = one.Position
	}
	return m, nil
}

func errNoPosition(known []faction.Position) error {
	if len(known) == 0 {
		return faction.Errorf(faction.NotFound, "The positions of your faction were never read: that takes a lent key with Faction API Access. Nothing was changed. `/status` shows what is missing.")
	}
	return faction.Errorf(faction.NotFound, "Your faction has no such position in the game. Nothing was changed. Pick one from the suggestions.")
}

// named finds a position as it was typed or picked.
func named(typed string) func(faction.Position) bool {
	return func(p faction.Position) bool {
		return p.Name == typed || choiceOf(p) == typed || strings.EqualFold(strings.TrimSpace(p.Name), strings.TrimSpace(typed))
	}
}

// choiceOf is what a suggestion stands for: the name, unless Discord or the eye
// would change it.
func choiceOf(p faction.Position) string {
	if say.Length(p.Name) <= 100 && say.Plain(p.Name) == p.Name {
		return p.Name
	}
	return "#" + key(p.Name)
}

func (h *permissions) suggest(ctx context.Context, c *Call, typed string) []chat.Choice {
	known, err := h.deps.Rights.Positions(ctx, c.Faction)
	if err != nil {
		return nil
	}
	var out []chat.Choice
	for _, p := range known {
		if rbac.Mappable(p.Name) && matches(p.Name, typed) {
			out = append(out, chat.Choice{Name: say.Plain(p.Name), Value: choiceOf(p)})
		}
	}
	return out
}

func (h *permissions) set(ctx context.Context, c *Call) (chat.Reply, error) {
	typed := c.option("position", "")
	m, err := h.read(ctx, c, func(p faction.Position) bool { return p.Name == typed })
	if faction.KindOf(err) == faction.NotFound { // nobody is called exactly so
		m, err = h.read(ctx, c, named(typed))
	}
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Message: m.question()}, nil
}

// begin reads the faction and the position out of a custom id, and both anew.
func (h *permissions) begin(ctx context.Context, c *Call, a *reading) (mapping, error) {
	if err := a.ours(c); err != nil {
		return mapping{}, err
	}
	k := a.next()
	if a.bad {
		return mapping{}, errStale
	}
	m, err := h.read(ctx, c, func(p faction.Position) bool { return key(p.Name) == k })
	if faction.KindOf(err) == faction.NotFound {
		err = faction.Errorf(faction.Conflict, "The game has no such position any more. Nothing was changed. `/config permissions show` shows how it stands.")
	}
	return m, err
}

// choose takes what was picked in the select, and previews it.
func (h *permissions) choose(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	m, err := h.begin(ctx, c, a)
	if err == nil {
		err = a.end()
	}
	if err != nil {
		return chat.Reply{}, err
	}
	var ch choice
	for _, name := range c.Request.Values {
		p, ok := rbac.ParsePermission(name)
		if !ok {
			return chat.Reply{}, errStale
		}
		ch.set = ch.set.With(p)
	}
	return h.preview(c, m, ch)
}

// try previews the choice of a button.
func (h *permissions) try(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	m, err := h.begin(ctx, c, a)
	if err != nil {
		return chat.Reply{}, err
	}
	ch, ok := parseChoice(a.next())
	if err := a.end(); err != nil || !ok {
		return chat.Reply{}, errStale
	}
	return h.preview(c, m, ch)
}

func (h *permissions) preview(c *Call, m mapping, ch choice) (chat.Reply, error) {
	if err := mayGrant(c, m, ch); err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Update: true, Message: m.preview(ch, c.Actor.Player)}, nil
}

// mayGrant refuses to give what the caller does not have: whoever may change
// permissions could give themselves everything. Leaders and operators have it all.
func mayGrant(c *Call, m mapping, ch choice) error {
	gained, _ := rbac.Diff(m.now(), ch.effective())
	missing := lacking(c, gained)
	if len(missing) == 0 {
		return nil
	}
	return faction.Errorf(faction.Denied, "You can only give what you have yourself, and you do not have %s. Nothing was changed. Ask your leader or co-leader, or leave it out.", strings.Join(missing, ", "))
}

// lacking lists, for people, what the caller does not have of a set.
func lacking(c *Call, set rbac.Set) (missing []string) {
	for _, p := range set.List() {
		if !c.Allowed(rbac.Need(p)) {
			missing = append(missing, "`"+p.String()+"`")
		}
	}
	return missing
}

// confirm stores a choice, provided that all is still as the preview showed it.
func (h *permissions) confirm(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	m, err := h.begin(ctx, c, a)
	if err != nil {
		return chat.Reply{}, err
	}
	ch, ok := parseChoice(a.next())
	version := a.next()
	if err := a.end(); err != nil || !ok || ch.byDefault && m.was.Position == "" {
		return chat.Reply{}, errStale
	}
	if version != m.version() {
		return chat.Reply{}, faction.Errorf(faction.Conflict, "The position or its permissions changed since the preview. Nothing was changed by you. Run `/config permissions set` again to see how it stands.")
	}
	if err := mayGrant(c, m, ch); err != nil {
		return chat.Reply{}, err
	}
	body := map[string]any{"position": m.position.Name, "before": m.now().String(), "after": ch.effective().String()}
	var ended int
	if ch.byDefault {
		body["mapped"] = false
		ended, err = h.deps.Rights.ClearGrants(ctx, c.Faction, m.was, c.Now)
	} else {
		ended, err = h.deps.Rights.SetGrants(ctx, c.Faction, m.was, rbac.Mapped{
			Position: m.position.Name, Granted: ch.set, Abilities: m.position.Abilities, By: c.Actor.Player, At: c.Now,
		})
	}
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, c.Faction, "permissions.set", body)
	return chat.Reply{Update: true, Message: m.stored(ch, ended)}, nil
}

func (h *permissions) cancel(_ context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	if err := a.ours(c); err != nil {
		return chat.Reply{}, err
	}
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Update: true, Message: chat.Message{Embeds: []chat.Embed{{Title: "Permissions", Color: say.Grey, Description: "Cancelled. Nothing was changed."}}}}, nil
}

func (h *permissions) show(ctx context.Context, c *Call) (chat.Reply, error) {
	o, err := h.overview(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Message: o.message()}, nil
}

// overview is a faction's positions with what was decided for each.
type overview struct {
	known  []faction.Position
	mapped []rbac.Mapped
	roster faction.Roster
}

// snapshot is what decides about the faction's members.
func (o overview) snapshot() rbac.Snapshot {
	s := rbac.Snapshot{Members: map[faction.PlayerID]string{}, Known: o.known, Granted: map[string]rbac.Set{}}
	for _, m := range o.mapped {
		s.Granted[m.Position] = m.Effective
	}
	for _, m := range o.roster.Members {
		s.Members[m.ID] = m.Position
	}
	return s
}

func (h *permissions) overview(ctx context.Context, c *Call) (o overview, err error) {
	if o.known, err = h.deps.Rights.Positions(ctx, c.Faction); err != nil {
		return o, err
	}
	if o.mapped, err = h.deps.Rights.Mappings(ctx, c.Faction); err != nil {
		return o, err
	}
	o.roster, err = c.roster(ctx)
	return o, err
}
