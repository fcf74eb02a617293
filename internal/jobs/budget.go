package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// Share is how far an allowance of requests to Torn is used.
type Share struct {
	Player faction.PlayerID // whose it is; 0: this host's address
	Calls  int              // in the last minute
	Limit  int
	Since  time.Time // from when it has been above 80 %; zero: it is not
}

// Operators reaches those who run the bot.
type Operators interface {
	DM(ctx context.Context, userID string, m chat.Message, nonce string) (messageID string, err error)
	EditDM(ctx context.Context, userID, messageID string, m chat.Message) error
}

// budgetHighAfter is how long an allowance is nearly used up before that is told.
const budgetHighAfter = 5 * time.Minute

// Budget tells the operators when an allowance of requests is nearly used up for long,
// once for as long as it is, and edits that message when it is over.
type Budget struct {
	Usage     func(context.Context) ([]Share, error)
	Operators Operators
	To        []string // Discord ids
	Render    func(a alert.Alert, now time.Time) chat.Message
	Clock     clock.Clock

	mu   sync.Mutex
	told map[toldOf]toldAs
}

// toldOf is one operator and one episode.
type toldOf struct {
	player   faction.PlayerID
	operator string
}

type toldAs struct {
	message string
	data    alert.BudgetData
}

// Job is the look at it.
func (b *Budget) Job() Job {
	return Job{Name: "budget", Every: 30 * time.Second, Limit: 30 * time.Second, Run: b.run}
}

func (b *Budget) run(ctx context.Context) (map[string]int, error) {
	all, err := b.Usage(ctx)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.Clock.Now()
	counts := map[string]int{"high": 0}
	high := map[faction.PlayerID]bool{}
	var errs []error
	for _, u := range all {
		if u.Since.IsZero() {
			continue
		}
		high[u.Player] = true
		if now.Sub(u.Since) < budgetHighAfter {
			continue
		}
		counts["high"]++
		for _, operator := range b.To {
			errs = append(errs, b.tell(ctx, operator, u, now))
		}
	}
	for of, as := range b.told {
		if high[of.player] {
			continue
		}
		as.data.Over = now
		if err := b.Operators.EditDM(ctx, of.operator, as.message, b.message(as.data, now)); err != nil {
			errs = append(errs, fmt.Errorf("tell an operator that the budget is back to normal: %w", err))
		}
		delete(b.told, of)
	}
	return counts, errors.Join(errs...)
}

func (b *Budget) tell(ctx context.Context, operator string, u Share, now time.Time) error {
	of := toldOf{u.Player, operator}
	if _, done := b.told[of]; done {
		return nil
	}
	d := alert.BudgetData{Player: int64(u.Player), Calls: u.Calls, Limit: u.Limit, Since: u.Since}
	sum := sha256.Sum256(fmt.Appendf(nil, "budget %d %d %s", u.Player, u.Since.Unix(), operator))
	id, err := b.Operators.DM(ctx, operator, b.message(d, now), hex.EncodeToString(sum[:])[:25])
	if err != nil {
		return fmt.Errorf("tell an operator of the budget: %w", err)
	}
	if b.told == nil {
		b.told = map[toldOf]toldAs{}
	}
	b.told[of] = toldAs{id, d}
	return nil
}

func (b *Budget) message(d alert.BudgetData, now time.Time) chat.Message {
	return b.Render(alert.Alert{Kind: alert.BudgetHigh, At: now, Data: alert.Data{Budget: &d}}, now)
}
