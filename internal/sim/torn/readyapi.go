package torn

import "strconv"

// own refuses what only the key's owner may read about anybody else.
func (c *call) own() *apiError {
	if c.id != "" && c.id != strconv.FormatInt(c.owner.id, 10) {
		return fail(codeRelation)
	}
	return nil
}

// userBars gives the owner's bars. Energy follows the hour: who is about has used some.
func (c *call) userBars() (parts, *apiError) {
	if fault := c.own(); fault != nil {
		return nil, fault
	}
	p := c.owner
	bar := func(current, most int) map[string]any {
		return map[string]any{"current": current, "maximum": most, "increment": 5, "interval": 600, "tick_time": 300, "full_time": 600 * (most - current) / 5}
	}
	energy := int((p.id*37 + c.now/600*5) % 151)
	return parts{"bars": map[string]any{
		"energy": bar(energy, 150), "nerve": bar(int(p.id%60), 60), "happy": bar(4000, 5025), "life": bar(50*p.level, 50*p.level), "chain": nil,
	}}, nil
}

// userCooldowns gives the seconds left of each cooldown of the owner's.
func (c *call) userCooldowns() (parts, *apiError) {
	if fault := c.own(); fault != nil {
		return nil, fault
	}
	left := func(span, shift int64) int64 { return max(0, span-(c.now+c.owner.id*shift)%(2*span)) }
	return parts{"cooldowns": map[string]any{"drug": left(25_200, 977), "medical": left(3_600, 331), "booster": left(7_200, 577)}}, nil
}

// userTravel gives the owner's flight, the last one when none is under way.
func (c *call) userTravel() (parts, *apiError) {
	if fault := c.own(); fault != nil {
		return nil, fault
	}
	f, ever := c.w.flight(c.owner, c.now)
	if !ever {
		return parts{"travel": map[string]any{"destination": "Torn", "method": nil, "departed_at": nil, "arrival_at": nil, "time_left": 0}}, nil
	}
	return parts{"travel": map[string]any{
		"destination": f.to, "method": f.method, "departed_at": f.departed, "arrival_at": f.lands, "time_left": max(0, f.lands-c.now),
	}}, nil
}
