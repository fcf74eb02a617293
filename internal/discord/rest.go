package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"

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
	add := func(disposition, contentType string, data []byte) {
		part, partErr := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {"form-data; " + disposition}, "Content-Type": {contentType},
		})
		if partErr == nil {
			_, partErr = part.Write(data)
		}
		err = errors.Join(err, partErr)
	}
	add(`name="payload_json"`, "application/json", raw)
	for i, f := range files {
		contentType := f.ContentType
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		// Validate has let only plain names through, so nothing needs quoting.
		add(fmt.Sprintf(`name="files[%d]"; filename="%s"`, i, f.Name), contentType, f.Data)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("%s: encode: %w", c, err)
	}
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
