package discord

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

const (
	maxRequest = 25 << 20
	maxFile    = 10 << 20
	maxFiles   = 10
)

// opt is a field that may be absent, null or have a value: a PATCH treats the
// three differently.
type opt[T any] struct {
	Set bool // the key was there, perhaps as null
	V   T    // the zero value for null
}

// UnmarshalJSON notes that the key was there.
func (o *opt[T]) UnmarshalJSON(b []byte) error {
	o.Set = true
	if string(b) == "null" {
		return nil
	}
	return json.Unmarshal(b, &o.V)
}

// payload is the body that creates or edits a message by any route.
type payload struct {
	Content         opt[string]           `json:"content"`
	Embeds          opt[[]Embed]          `json:"embeds"`
	Components      opt[[]Component]      `json:"components"`
	Flags           opt[int]              `json:"flags"`
	Attachments     opt[[]attachmentNote] `json:"attachments"`
	AllowedMentions *AllowedMentions      `json:"allowed_mentions"`
	Nonce           json.RawMessage       `json:"nonce"` // text or number
	EnforceNonce    bool                  `json:"enforce_nonce"`
	TTS             bool                  `json:"tts"`
	Reference       *Reference            `json:"message_reference"`
	Username        string                `json:"username"` // webhooks only

	files []upload
}

func (p *payload) nonce() string {
	s := strings.Trim(string(p.Nonce), `"`)
	if s == "null" {
		return ""
	}
	return s
}

// attachmentNote describes a file: one of this request by its index, or an
// existing one by its id.
type attachmentNote struct {
	ID          flexID `json:"id"`
	Filename    string `json:"filename"`
	Description string `json:"description"`
}

// flexID accepts a number as well as a text, as Discord does for attachments.
type flexID string

// UnmarshalJSON takes both forms.
func (f *flexID) UnmarshalJSON(b []byte) error {
	*f = flexID(strings.Trim(string(b), `"`))
	return nil
}

// upload is one file of a multipart request.
type upload struct {
	index             string // the n of files[n]
	name, contentType string
	data              []byte
}

// readBody decodes a JSON or multipart body into v and returns the files.
func readBody(r *http.Request, v any) ([]upload, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxRequest)
	ct, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return nil, badRequest(50035, "Invalid Form Body")
	}
	switch ct {
	case "multipart/form-data":
		return readMultipart(multipart.NewReader(r.Body, params["boundary"]), v)
	case "application/json":
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, bodyError(err)
		}
		return nil, decode(b, v)
	case "":
		if r.ContentLength == 0 {
			return nil, nil
		}
	}
	return nil, &apiError{status: http.StatusBadRequest, code: 50035,
		msg: fmt.Sprintf(`Expected "Content-Type" header to be one of {'application/json', 'multipart/form-data'}, not %q.`, ct)}
}

func readMultipart(mr *multipart.Reader, v any) ([]upload, error) {
	var files []upload
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, bodyError(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, bodyError(err)
		}
		name := part.FormName()
		switch {
		case name == "payload_json":
			if err := decode(data, v); err != nil {
				return nil, err
			}
		case strings.HasPrefix(name, "files["), name == "file":
			if len(data) > maxFile {
				return nil, tooLarge()
			}
			files = append(files, upload{
				index: strings.TrimSuffix(strings.TrimPrefix(name, "files["), "]"),
				name:  part.FileName(), contentType: part.Header.Get("Content-Type"), data: data,
			})
		default:
			return nil, badRequest(50035, "Invalid Form Body")
		}
	}
	if len(files) > maxFiles {
		return nil, badRequest(30015, "Maximum number of attachments in a message reached (10)")
	}
	return files, nil
}

func decode(b []byte, v any) error {
	if err := json.Unmarshal(b, v); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			var p problems
			p.add(wrong.Field, "BASE_TYPE_BAD_TYPE", "Could not interpret %s as %s.", wrong.Value, wrong.Type)
			return p.err()
		}
		return badRequest(50109, "The request body contains invalid JSON.")
	}
	return nil
}

func bodyError(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return tooLarge()
	}
	return badRequest(50035, "Invalid Form Body")
}

// readPayload decodes the body of a message.
func readPayload(r *http.Request) (*payload, error) {
	p := &payload{}
	files, err := readBody(r, p)
	if err != nil {
		return nil, err
	}
	p.files = files
	return p, nil
}
