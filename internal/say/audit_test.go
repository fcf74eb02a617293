package say_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"consigliere/internal/say"
)

// Every action that the program writes into the audit log has words for people.
func TestEveryAuditedActionHasWords(t *testing.T) {
	actions := auditedActions(t)
	if len(actions) < 15 {
		t.Fatalf("found only %d actions in the source: %v", len(actions), actions)
	}
	for action, where := range actions {
		if strings.HasPrefix(say.AuditAction(action), "`") {
			t.Errorf("%s (in %s) has no words: put them into auditWords", action, where)
		}
	}
	for _, known := range []string{"link", "war.track", "setup.role", "link.takeover", "faction.erase", "key.state"} {
		if _, ok := actions[known]; !ok {
			t.Errorf("%s is audited and was not found: the search is wrong", known)
		}
	}
}

func TestAnUnknownActionIsShownByItsName(t *testing.T) {
	if got := say.AuditAction("new`thing.done\u202e"); got != "`new'thing.done`" {
		t.Errorf("got %q", got)
	}
}

var (
	actionName  = regexp.MustCompile(`^[a-z]+(\.[a-z_]+)*$`)
	actionInSQL = regexp.MustCompile(`'([a-z]+\.[a-z_.]+)', '(?:done|failed)'`)
)

// auditedActions finds every text that reaches a parameter, a field or a variable
// called action without being a custom id, and every action in SQL, and tells in
// which file.
func auditedActions(t *testing.T) map[string]string {
	t.Helper()
	var files []*ast.File
	found := map[string]string{}
	names := map[*ast.File]string{}
	set := token.NewFileSet()
	for _, root := range []string{"..", "../../cmd", "../../migrations"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/sim/") {
				return err
			}
			if ext := filepath.Ext(path); ext != ".go" && ext != ".sql" {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range actionInSQL.FindAllSubmatch(text, -1) {
				found[string(m[1])] = path
			}
			if filepath.Ext(path) == ".go" {
				f, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
				if err != nil {
					return err
				}
				files, names[f] = append(files, f), path
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	takes, consts := map[string]int{}, map[string]string{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool { declared(n, f.Name.Name, takes, consts); return true })
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			for _, e := range actionsIn(n, takes) {
				if s := textOf(e, f.Name.Name, consts); actionName.MatchString(s) {
					found[s] = names[f]
				}
			}
			return true
		})
	}
	return maps.Clone(found)
}

// declared notes functions with a parameter called action, and constants.
func declared(n ast.Node, pkg string, takes map[string]int, consts map[string]string) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		i := 0
		for _, p := range n.Type.Params.List {
			for _, name := range p.Names {
				if id, ok := p.Type.(*ast.Ident); ok && id.Name == "string" && name.Name == "action" {
					takes[n.Name.Name] = i
				}
				i++
			}
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if i < len(n.Values) {
				if s := textOf(n.Values[i], pkg, nil); s != "" {
					consts[pkg+"."+name.Name] = s
				}
			}
		}
	}
}

// actionsIn gives what a call, a literal or an assignment names as an action.
func actionsIn(n ast.Node, takes map[string]int) (out []ast.Expr) {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		if i, ok := takes[name]; ok && i < len(n.Args) {
			out = append(out, n.Args[i])
		}
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if name, ok := to.(*ast.Ident); ok && name.Name == "action" && len(n.Rhs) == len(n.Lhs) {
				out = append(out, n.Rhs[i])
			}
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && strings.EqualFold(key.Name, "action") {
			out = append(out, n.Value)
		}
	}
	return out
}

func textOf(e ast.Expr, pkg string, consts map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.Ident:
		return consts[pkg+"."+e.Name]
	default:
		return ""
	}
}
