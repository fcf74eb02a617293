package discord

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
)

const (
	// maxAttempts bounds how often one call is sent.
	maxAttempts = 5
	// attemptTimeout bounds one attempt, its answer's body included.
	attemptTimeout = 15 * time.Second
	// maxWait bounds how long a call waits for a limit whose caller set no deadline.
	maxWait = time.Minute
	// maxBody bounds an answer's body; Discord's largest lists stay far below.
	maxBody = 16 << 20
	// cloudflarePause is used when an HTML 429 does not say how long it holds.
	cloudflarePause = 30 * time.Second
)

// RESTCall is what Config.ObserveREST learns about each attempt.
type RESTCall struct {
	Method   string
	Route    string // template: "/channels/{channel}/messages"
	Status   int    // 0: no answer
	Duration time.Duration
}

// call is one request to Discord's REST API.
type call struct {
	method      string
	route       string // template, for logs and metrics: never holds a token
	path        string // below the API's version, may hold a token, with query
	bucket      string // rate limit key
	body        []byte
	contentType string
	// repeatable: sending it twice does no harm, so a lost answer is asked for again.
	repeatable bool
	// urgent: the answer to an interaction.
	urgent bool
}

func (c call) String() string { return c.method + " " + c.route }

// newCall fills a route's template. Every method but POST is repeatable.
func newCall(method, route string, params ...string) call {
	var path strings.Builder
	rest, n := route, 0
	for {
		before, after, found := strings.Cut(rest, "{")
		path.WriteString(before)
		if !found {
			break
		}
		_, rest, _ = strings.Cut(after, "}")
		path.WriteString(url.PathEscape(params[n]))
		n++
	}
	// The first parameter (guild, channel, interaction) has limits of its own; for
	// a webhook, and so for each interaction's answers, its token too.
	major := params[:min(1, len(params))]
	if strings.HasPrefix(route, "/webhooks/") {
		major = params[:min(2, len(params))]
	}
	return call{
		method: method, route: route, path: path.String(),
		bucket:     method + " " + route + " " + strings.Join(major, " "),
		repeatable: method != http.MethodPost,
	}
}

// answer is what came back, its body read to the end.
type answer struct {
	status int
	header http.Header
	body   []byte
	// afterLoss: an earlier attempt may have been carried out.
	afterLoss bool
}

// transport sends every request of the bot: to the configured host, within the
// limits, repeated where that is safe, measured, and never naming a token.
type transport struct {
	base    *http.Transport
	scheme  string
	host    string
	prefix  string // path of the configured base, without a trailing slash
	token   string
	limits  *limits
	observe func(RESTCall)
	backoff time.Duration  // first wait after a fault, doubled each time
	roots   *x509.CertPool // nil: the system's; the gateway uses the same
}

func newTransport(apiBase, token string, observe func(RESTCall)) (*transport, error) {
	u, err := url.Parse(apiBase)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("discord API base %q is not an http or https address", apiBase)
	}
	if observe == nil {
		observe = func(RESTCall) {}
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 32
	base.ResponseHeaderTimeout = attemptTimeout
	return &transport{
		base: base, scheme: u.Scheme, host: u.Host, prefix: strings.TrimRight(u.Path, "/"),
		token: token, limits: newLimits(), observe: observe, backoff: 500 * time.Millisecond,
	}, nil
}

// RoundTrip lets discordgo ask for the gateway's address through the same door.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	path, ok := strings.CutPrefix(req.URL.String(), strings.TrimRight(discordgo.EndpointAPI, "/"))
	if !ok || req.Method != http.MethodGet || path != "/gateway" {
		return nil, fmt.Errorf("discordgo may only ask for the gateway, not %s", req.Method)
	}
	a, err := t.do(req.Context(), newCall(http.MethodGet, "/gateway"))
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		// The headers stay here: discordgo's own rate limiter has nothing to add.
		Header: http.Header{}, ContentLength: int64(len(a.body)),
		Body: io.NopCloser(bytes.NewReader(a.body)), Request: req,
	}, nil
}

// do sends c until it is answered with anything but a rate limit or a server's
// fault, as often as that is safe. Answers of 4xx are returned, not judged.
func (t *transport) do(ctx context.Context, c call) (answer, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, maxWait+attemptTimeout)
		defer cancel()
	}
	lost := false // some attempt may have been carried out
	for attempt := 1; ; attempt++ {
		if wait, err := t.limits.admit(ctx, c.bucket, c.urgent); err != nil {
			return answer{}, failed(c, lost, &Error{Message: "waiting for a rate limit", RetryAfter: wait, cause: err})
		}
		a, sent, err := t.once(ctx, c)
		fault := &Error{Status: a.status, cause: err}
		switch {
		case err != nil:
			lost = lost || sent
			fault.Message = err.Error()
			if sent && !c.repeatable {
				return answer{}, failed(c, lost, fault)
			}
		case a.status == http.StatusTooManyRequests:
			fault.RetryAfter = t.limited(c, a)
			fault.Message = "rate limited"
			if attempt < maxAttempts {
				continue // admit waits
			}
			return answer{}, failed(c, lost, fault)
		case a.status >= 500:
			// 503 is said before anything was done; the others may be said after.
			lost = lost || a.status != http.StatusServiceUnavailable
			fault.Message = http.StatusText(a.status)
			if lost && !c.repeatable {
				return answer{}, failed(c, lost, fault)
			}
		default:
			a.afterLoss = lost
			return a, nil
		}
		if attempt >= maxAttempts || ctx.Err() != nil {
			return answer{}, failed(c, lost, fault)
		}
		pause := t.backoff << (attempt - 1)
		pause += rand.N(pause/2 + 1)
		if err := sleep(ctx, pause); err != nil {
			return answer{}, failed(c, lost, fault)
		}
	}
}

// failed names the kind of a call that was given up. A read, or a write that may
// simply be made again, is never in doubt.
func failed(c call, lost bool, e *Error) *Error {
	e.Call, e.Kind = c.String(), ErrTransient
	if lost && c.method == http.MethodPost {
		e.Kind = ErrUnknownOutcome
	}
	return e
}

// once makes one attempt. sent tells whether Discord may have seen the request.
func (t *transport) once(ctx context.Context, c call) (a answer, sent bool, err error) {
	start := time.Now()
	defer func() {
		t.observe(RESTCall{Method: c.method, Route: c.route, Status: a.status, Duration: time.Since(start)})
	}()
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	var wrote atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), c.method, t.url(c.path), bytes.NewReader(c.body))
	if err != nil {
		return answer{}, false, errors.New("malformed request") // the error would hold the path
	}
	req.Header.Set("Authorization", "Bot "+t.token)
	req.Header.Set("User-Agent", "DiscordBot (https://github.com/bwmarrin/discordgo, "+discordgo.VERSION+")")
	if c.body != nil {
		req.Header.Set("Content-Type", c.contentType)
	}
	// The base transport is called without an http.Client: a client puts the whole
	// address, tokens included, into its errors, and would follow redirects.
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return answer{}, wrote.Load(), err
	}
	defer resp.Body.Close()
	a = answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(a.body) > maxBody {
		err = errors.New("answer is too large")
	}
	if err != nil {
		return answer{status: resp.StatusCode}, true, fmt.Errorf("read answer: %w", err)
	}
	t.learn(c, a)
	return a, true, nil
}

func (t *transport) url(path string) string {
	return t.scheme + "://" + t.host + t.prefix + "/api/v" + discordgo.APIVersion + path
}

func (t *transport) learn(c call, a answer) {
	t.limits.learn(c.bucket, headerInt(a.header, "X-RateLimit-Limit"),
		headerInt(a.header, "X-RateLimit-Remaining"), headerSeconds(a.header, "X-RateLimit-Reset-After"))
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		t.limits.countInvalid()
	case http.StatusTooManyRequests:
		if a.header.Get("X-RateLimit-Scope") != "shared" { // others' doing is not held against us
			t.limits.countInvalid()
		}
	}
}

func (t *transport) close() { t.base.CloseIdleConnections() }
