package torn

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody        = 8 << 20          // the longest real answer is under 1 MiB
	requestTimeout = 15 * time.Second // of the wall: the network knows no other clock
	comment        = "consigliere"    // shown to the key's owner in Torn's key log
	userAgent      = "consigliere (Discord bot of a Torn faction)"
)

// httpClient gives a client of ours, or a copy of the given one, that follows no
// redirect: a key must not travel to where a redirect points.
func httpClient(given *http.Client) *http.Client {
	h := http.Client{}
	if given != nil {
		h = *given
	} else {
		h.Transport = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   5 * time.Second,
			ResponseHeaderTimeout: 12 * time.Second,
			IdleConnTimeout:       90 * time.Second,
			MaxIdleConnsPerHost:   16,
			MaxConnsPerHost:       32,
			ForceAttemptHTTP2:     true,
		}
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &h
}

// fetch sends one request and reads its bounded body. Every error is an *Error,
// but for the caller's own cancellation. The status is 0 when nothing came back.
func (c *Client) fetch(ctx context.Context, secret Secret, o Options, r request) (int, []byte, error) {
	rctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	q := url.Values{"comment": {comment}}
	for k, v := range r.query {
		q[k] = v
	}
	if o.Fresh {
		q.Set("timestamp", strconv.FormatInt(c.clock.Now().Unix(), 10))
	}
	req, err := http.NewRequestWithContext(rctx, http.MethodGet, c.base+"/"+r.path+"?"+q.Encode(), nil)
	if err != nil {
		return 0, nil, wrongShape(r.endpoint, "the request could not be built")
	}
	req.Header.Set("Authorization", "ApiKey "+secret.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	sent := c.clock.Now()
	resp, err := c.http.Do(req)
	if err == nil {
		c.mark(resp, sent)
	}
	if err != nil {
		return 0, nil, transportError(ctx, r.endpoint, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil && !refusal(resp) {
		return resp.StatusCode, nil, transportError(ctx, r.endpoint, err)
	}
	if len(body) > maxBody {
		return resp.StatusCode, nil, wrongShape(r.endpoint, fmt.Sprintf("the answer is longer than %d MiB", maxBody>>20))
	}
	if refusal(resp) && !hasError(body) {
		return resp.StatusCode, nil, blocked(r.endpoint, fmt.Sprintf("HTTP %d", resp.StatusCode), retryAfter(resp))
	}
	return resp.StatusCode, body, nil
}

// refusal tells that something before the API turned us away: the limit of this
// address, or Cloudflare.
func refusal(resp *http.Response) bool {
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusForbidden && resp.Header.Get("Cf-Mitigated") != ""
}

func retryAfter(resp *http.Response) time.Duration {
	s, err := strconv.Atoi(strings.TrimSpace(resp.Header.Get("Retry-After")))
	if err != nil || s < 0 {
		return 0
	}
	return min(time.Duration(s)*time.Second, time.Hour)
}

// transportError strips the address that net/http puts into its errors.
func transportError(ctx context.Context, endpoint string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return unreachable(endpoint, "no answer within "+requestTimeout.String(), nil)
	}
	return unreachable(endpoint, err.Error(), nil)
}

type tornError struct {
	Code  *int   `json:"code"`
	Error string `json:"error"`
}

// readError finds Torn's error object. It comes with HTTP 200 (api-v2.md 1.1).
func readError(raw json.RawMessage) (tornError, bool) {
	var e tornError
	if len(raw) == 0 || json.Unmarshal(raw, &e) != nil || e.Code == nil {
		return tornError{}, false
	}
	return e, true
}

func hasError(body []byte) bool {
	var top fields
	if json.Unmarshal(body, &top) != nil {
		return false
	}
	_, ok := readError(top["error"])
	return ok
}

// open takes the outer wrapping off an answer: Torn's error first, whatever the
// status, then the status, then the top-level fields.
func open(status int, body []byte, secret Secret, endpoint string) (fields, error) {
	body = bytes.TrimSpace(body)
	var top fields
	err := json.Unmarshal(body, &top)
	if err == nil {
		if e, ok := readError(top["error"]); ok {
			return nil, codeError(*e.Code, strings.ReplaceAll(e.Error, secret.Reveal(), redacted), endpoint)
		}
	}
	switch {
	case status >= 500:
		return nil, unreachable(endpoint, fmt.Sprintf("HTTP %d", status), nil)
	case status == http.StatusForbidden || status == http.StatusRequestTimeout:
		return nil, unreachable(endpoint, fmt.Sprintf("HTTP %d", status), nil)
	case status >= 300:
		return nil, wrongShape(endpoint, fmt.Sprintf("HTTP %d", status))
	case len(body) == 0:
		return nil, unreachable(endpoint, "the answer is empty", nil)
	case err == nil && top != nil:
		return top, nil
	case json.Valid(body):
		return nil, wrongShape(endpoint, "the answer is not a JSON object")
	case body[0] == '<':
		return nil, unreachable(endpoint, "the answer is a web page", nil)
	default:
		return nil, unreachable(endpoint, "the answer is cut or not JSON", nil)
	}
}
