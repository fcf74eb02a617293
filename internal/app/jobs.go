package app

import "consigliere/internal/jobs"

// jobTable is everything that the bot does every so often by itself.
func (a *App) jobTable() []jobs.Job {
	return []jobs.Job{}
}

func (a *App) jobRunner() *jobs.Runner {
	return &jobs.Runner{
		Owner: a.instance(), Table: a.jobTable(), Claims: a.store, Clock: a.clock, Log: a.log, Observe: a.metrics.job,
	}
}
