package torn

// crimeLasts is how long a crime takes to plan, in seconds.
const crimeLasts = 72 * 3600

// userCrime gives the organized crime that the owner is in, null for none. One follows
// the other without a pause.
func (c *call) userCrime() (parts, *apiError) {
	p := c.owner
	if !p.inCrime {
		return parts{"organizedCrime": nil}, nil
	}
	shift := p.id * 7919 % crimeLasts
	began := (c.now-shift)/crimeLasts*crimeLasts + shift
	ready := began + crimeLasts
	return parts{"organizedCrime": map[string]any{
		"id": ready, "name": "Stacking the Deck", "previous_crime_id": nil, "difficulty": 8, "status": "Planning",
		"created_at": began, "planning_at": began, "ready_at": ready, "expired_at": ready + 7*24*3600, "executed_at": nil, "rewards": nil,
		"slots": []any{map[string]any{
			"position": "Hacker", "position_info": map[string]any{"id": "P1", "label": "Hacker #1", "number": 1}, "item_requirement": nil, "checkpoint_pass_rate": 70,
			"user": map[string]any{"id": p.id, "outcome": nil, "outcome_duration": nil, "item_outcome": nil, "joined_at": began, "progress": float64(c.now-began) * 100 / crimeLasts},
		}},
	}}, nil
}
