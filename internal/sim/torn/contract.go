package torn

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Contract is Torn's OpenAPI document as far as requests go. Tests hold what the
// bot sends against it.
type Contract struct{ paths []contractPath }

type contractPath struct {
	segments []string // "{id}" stands for a parameter
	params   map[string]contractParam
}

type contractParam struct {
	in       string // "path" or "query"
	required bool
	check    func(string) error
}

// openAPI is the part of the document that says something about requests.
type openAPI struct {
	Paths map[string]struct {
		Get struct {
			Parameters []openParam `json:"parameters"`
		} `json:"get"`
	} `json:"paths"`
	Components struct {
		Parameters map[string]openParam  `json:"parameters"`
		Schemas    map[string]openSchema `json:"schemas"`
	} `json:"components"`
}

type openParam struct {
	Ref      string     `json:"$ref"`
	Name     string     `json:"name"`
	In       string     `json:"in"`
	Required bool       `json:"required"`
	Schema   openSchema `json:"schema"`
}

type openSchema struct {
	Ref     string       `json:"$ref"`
	Type    string       `json:"type"`
	Enum    []any        `json:"enum"`
	AnyOf   []openSchema `json:"anyOf"`
	Items   *openSchema  `json:"items"`
	Minimum *int64       `json:"minimum"`
	Maximum *int64       `json:"maximum"`
}

// LoadContract reads an OpenAPI 3.1 document in JSON.
func LoadContract(file string) (*Contract, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	var doc openAPI
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("decode the OpenAPI document %s: %w", file, err)
	}
	if len(doc.Paths) == 0 {
		return nil, fmt.Errorf("the OpenAPI document %s names no paths", file)
	}
	c := &Contract{}
	for path, item := range doc.Paths {
		p := contractPath{segments: strings.Split(strings.Trim(path, "/"), "/"), params: map[string]contractParam{}}
		for _, x := range item.Get.Parameters {
			if x.Ref != "" {
				x = doc.Components.Parameters[last(x.Ref)]
			}
			p.params[x.Name] = contractParam{x.In, x.Required, doc.checker(x.Schema)}
		}
		c.paths = append(c.paths, p)
	}
	return c, nil
}

func last(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// checker turns a schema into a check of a parameter's text.
func (d *openAPI) checker(s openSchema) func(string) error {
	switch {
	case s.Ref != "":
		return d.checker(d.Components.Schemas[last(s.Ref)])
	case len(s.AnyOf) > 0:
		var any []func(string) error
		for _, x := range s.AnyOf {
			any = append(any, d.checker(x))
		}
		return func(v string) error {
			var errs []error
			for _, f := range any {
				err := f(v)
				if err == nil {
					return nil
				}
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		}
	case s.Type == "array" && s.Items != nil:
		item := d.checker(*s.Items)
		return func(v string) error {
			for _, x := range strings.Split(v, ",") {
				if err := item(x); err != nil {
					return err
				}
			}
			return nil
		}
	case len(s.Enum) > 0:
		return func(v string) error {
			if !slices.ContainsFunc(s.Enum, func(e any) bool { return fmt.Sprint(e) == v }) {
				return fmt.Errorf("%q is none of %v", v, s.Enum)
			}
			return nil
		}
	case s.Type == "integer":
		return func(v string) error { return checkInteger(v, s.Minimum, s.Maximum) }
	default:
		return func(string) error { return nil }
	}
}

func checkInteger(v string, low, high *int64) error {
	n, err := strconv.ParseInt(v, 10, 64)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a whole number", v)
	case low != nil && n < *low:
		return fmt.Errorf("%d is below %d", n, *low)
	case high != nil && n > *high:
		return fmt.Errorf("%d is above %d", n, *high)
	}
	return nil
}

// ValidateRequest holds a request against the document: its path (with or without
// /v2), every parameter's name, type, bounds and enum, and what is required. A
// generic request (/faction?selections=a,b&id=1) is held against the path of each
// of its selections.
func (c *Contract) ValidateRequest(method, path string, query url.Values) error {
	if method != http.MethodGet {
		return fmt.Errorf("%s %s: the API is read-only", method, path)
	}
	parts := strings.Split(strings.Trim(strings.TrimPrefix(path, "/v2"), "/"), "/")
	selections := query.Get("selections")
	if selections == "" {
		return c.check(parts, query, nil)
	}
	if len(parts) == 2 {
		query = with(query, "id", parts[1])
		parts = parts[:1]
	}
	var errs []error
	allowed := map[string]bool{"selections": true, "id": true}
	for _, s := range strings.Split(selections, ",") { // a parameter of one selection may stand beside another
		for _, p := range c.paths {
			if p.segments[0] == parts[0] && p.segments[len(p.segments)-1] == s {
				for name := range p.params {
					allowed[name] = true
				}
			}
		}
	}
	for _, s := range strings.Split(selections, ",") {
		full := []string{parts[0], s}
		if id := query.Get("id"); id != "" {
			full = []string{parts[0], id, s}
		}
		errs = append(errs, c.check(full, query, allowed))
	}
	return errors.Join(errs...)
}

func with(q url.Values, name, value string) url.Values {
	out := url.Values{}
	for k, v := range q {
		out[k] = v
	}
	out.Set(name, value)
	return out
}

func (c *Contract) check(parts []string, query url.Values, allowed map[string]bool) error {
	name := "/" + strings.Join(parts, "/")
	p := c.find(parts)
	if p == nil {
		return fmt.Errorf("%s: no such path in Torn's document", name)
	}
	var errs []error
	for i, s := range p.segments {
		if param, ok := strings.CutPrefix(s, "{"); ok {
			param = strings.TrimSuffix(param, "}")
			if rule, known := p.params[param]; known {
				if err := rule.check(parts[i]); err != nil {
					errs = append(errs, fmt.Errorf("%s: path parameter %s: %w", name, param, err))
				}
			}
		}
	}
	for param, values := range query {
		rule, known := p.params[param]
		switch {
		case known && rule.in == "query":
			if len(values) > 1 {
				errs = append(errs, fmt.Errorf("%s: parameter %s is given %d times", name, param, len(values)))
			}
			if err := rule.check(values[0]); err != nil && param != "key" {
				errs = append(errs, fmt.Errorf("%s: parameter %s: %w", name, param, err))
			}
		case !allowed[param]:
			errs = append(errs, fmt.Errorf("%s: unknown parameter %s", name, param))
		}
	}
	for param, rule := range p.params {
		if rule.required && rule.in == "query" && !query.Has(param) {
			errs = append(errs, fmt.Errorf("%s: parameter %s is missing", name, param))
		}
	}
	return errors.Join(errs...)
}

// find is the path that fits, a literal segment before a parameter.
func (c *Contract) find(parts []string) *contractPath {
	var best *contractPath
	for i := range c.paths {
		p := &c.paths[i]
		if len(p.segments) != len(parts) {
			continue
		}
		fits, literal := true, 0
		for k, s := range p.segments {
			switch {
			case s == parts[k]:
				literal++
			case strings.HasPrefix(s, "{") && isID(parts[k]):
			default:
				fits = false
			}
		}
		if fits && (best == nil || literal > best.literals(parts)) {
			best = p
		}
	}
	return best
}

func (p *contractPath) literals(parts []string) int {
	n := 0
	for k, s := range p.segments {
		if s == parts[k] {
			n++
		}
	}
	return n
}
