package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"

	"consigliere/internal/chat"
)

// send makes a call whose body, when it is not nil, is JSON, and decodes the
// answer into out when that is not nil.
func (s *Session) send(ctx context.Context, c call, body, out any) error {
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("%s: encode: %w", c, err)
		}
		c.body, c.contentType = raw, "application/json"
	}
	return s.exchange(ctx, c, out)
}

// sendFiles makes a call with attachments: the JSON and each file are parts of
// one multipart body. Without files it is send.
func (s *Session) sendFiles(ctx context.Context, c call, body any, files []chat.File, out any) error {
	if len(files) == 0 {
		return s.send(ctx, c, body, out)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s: encode: %w", c, err)
	}
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	// Writes to a bytes.Buffer do not fail.
	part, _ := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="payload_json"`},
		"Content-Type":        {"application/json"},
	})
	part.Write(raw)
	for i, f := range files {
		// Validate has let only plain names through, so nothing needs quoting.
		contentType := f.ContentType
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		part, _ = w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="files[` + strconv.Itoa(i) + `]"; filename="` + f.Name + `"`},
			"Content-Type":        {contentType},
		})
		part.Write(f.Data)
	}
	w.Close()
	c.body, c.contentType = buf.Bytes(), w.FormDataContentType()
	return s.exchange(ctx, c, out)
}

func (s *Session) exchange(ctx context.Context, c call, out any) error {
	a, err := s.transport.do(ctx, c)
	if err != nil {
		return err
	}
	if a.status < 200 || a.status > 299 {
		e := refusal(c.String(), a.status, a.body)
		e.afterLoss = a.afterLoss
		return e
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		e := &Error{Kind: ErrTransient, Call: c.String(), Status: a.status, Message: "unreadable answer", cause: err}
		if c.method == http.MethodPost {
			e.Kind = ErrUnknownOutcome // it was carried out; only what came of it is lost
		}
		return e
	}
	return nil
}
