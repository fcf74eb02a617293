package app

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/discord"
	"consigliere/internal/jobs"
	"consigliere/internal/poll"
	"consigliere/internal/torn"
)

// metrics are what Prometheus may scrape. Labels are few and hold no player, no
// key and no token.
type metrics struct {
	registry     *prometheus.Registry
	torn         *prometheus.CounterVec
	tornTook     prometheus.Histogram
	polls        *prometheus.CounterVec
	pollLate     *prometheus.HistogramVec
	rest         *prometheus.CounterVec
	interactions *prometheus.HistogramVec
	alerts       *prometheus.HistogramVec
	alertAge     *prometheus.SummaryVec
	jobs         *prometheus.CounterVec
	jobTook      *prometheus.HistogramVec
}

func newMetrics() *metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	f := promauto.With(r)
	return &metrics{
		registry: r,
		torn: f.NewCounterVec(prometheus.CounterOpts{Name: "consigliere_torn_requests_total",
			Help: "Requests to Torn by endpoint and outcome."}, []string{"endpoint", "outcome"}),
		tornTook: f.NewHistogram(prometheus.HistogramOpts{Name: "consigliere_torn_request_seconds",
			Help: "How long Torn took to answer.", Buckets: prometheus.ExponentialBuckets(0.02, 2, 10)}),
		polls: f.NewCounterVec(prometheus.CounterOpts{Name: "consigliere_polls_total",
			Help: "Polls by feed and outcome."}, []string{"feed", "outcome"}),
		pollLate: f.NewHistogramVec(prometheus.HistogramOpts{Name: "consigliere_poll_late_seconds",
			Help: "How long after it was due a poll began.", Buckets: prometheus.ExponentialBuckets(0.1, 2, 12)}, []string{"feed"}),
		rest: f.NewCounterVec(prometheus.CounterOpts{Name: "consigliere_discord_requests_total",
			Help: "REST calls to Discord by route and status."}, []string{"route", "status"}),
		interactions: f.NewHistogramVec(prometheus.HistogramOpts{Name: "consigliere_interaction_seconds",
			Help: "How long an interaction took to be answered.", Buckets: prometheus.ExponentialBuckets(0.01, 2, 12)}, []string{"kind", "outcome"}),
		alerts: f.NewHistogramVec(prometheus.HistogramOpts{Name: "consigliere_alert_delay_seconds",
			Help: "From an alert's commit to its message in Discord.", Buckets: prometheus.ExponentialBuckets(0.05, 2, 14)}, []string{"kind"}),
		alertAge: f.NewSummaryVec(prometheus.SummaryOpts{Name: "consigliere_alert_age_seconds",
			Help:       "From what an alert tells of (a hit's end) to its message in Discord, of the last hour.",
			Objectives: map[float64]float64{0.5: 0.05, 0.95: 0.01, 0.99: 0.001}, MaxAge: time.Hour, AgeBuckets: 12}, []string{"kind"}),
		jobs: f.NewCounterVec(prometheus.CounterOpts{Name: "consigliere_jobs_total",
			Help: "Runs of periodic jobs by job and outcome, skipped ones included."}, []string{"job", "outcome"}),
		jobTook: f.NewHistogramVec(prometheus.HistogramOpts{Name: "consigliere_job_seconds",
			Help: "How long a run of a periodic job took.", Buckets: prometheus.ExponentialBuckets(0.05, 2, 15)}, []string{"job"}),
	}
}

func (m *metrics) call(c torn.Call) {
	m.torn.WithLabelValues(c.Endpoint, string(c.Outcome)).Inc()
	m.tornTook.Observe(c.Took.Seconds())
}

func (m *metrics) poll(r poll.Run) {
	outcome := "ok"
	if r.Err != nil {
		outcome = "failed"
	}
	m.polls.WithLabelValues(string(r.Feed), outcome).Inc()
	m.pollLate.WithLabelValues(string(r.Feed)).Observe(max(0, r.Late.Seconds()))
}

func (m *metrics) restCall(c discord.RESTCall) {
	m.rest.WithLabelValues(c.Route, strconv.Itoa(c.Status)).Inc()
}

func (m *metrics) interaction(i discord.Interaction) {
	m.interactions.WithLabelValues(kindNames[i.Kind], i.Outcome).Observe(i.Duration.Seconds())
}

var kindNames = map[chat.Kind]string{
	chat.Slash: "slash", chat.Autocomplete: "autocomplete", chat.Component: "component", chat.ModalSubmit: "modal",
}

func (m *metrics) alert(kind alert.Kind, fromEvent, fromCommit time.Duration) {
	m.alerts.WithLabelValues(string(kind)).Observe(fromCommit.Seconds())
	m.alertAge.WithLabelValues(string(kind)).Observe(fromEvent.Seconds())
}

func (m *metrics) job(r jobs.Run) {
	m.jobs.WithLabelValues(r.Job, string(r.Outcome)).Inc()
	if r.Outcome != jobs.Skipped {
		m.jobTook.WithLabelValues(r.Job).Observe(r.Took.Seconds())
	}
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
