package torn

// Waiting counts the callers that wait for an answer in flight.
func (c *Client) Waiting() int {
	c.answers.mu.Lock()
	defer c.answers.mu.Unlock()
	n := 0
	for _, f := range c.answers.flights {
		n += f.waiting
	}
	return n
}

// Kept counts the answers that may be given again.
func (c *Client) Kept() int {
	c.answers.mu.Lock()
	defer c.answers.mu.Unlock()
	return len(c.answers.kept)
}
