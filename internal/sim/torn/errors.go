package torn

import "encoding/json"

// apiError is an answer of the form {"error":{"code","error"}}, sent with HTTP 200.
type apiError struct {
	Code int    `json:"code"`
	Text string `json:"error"`
}

// Error codes of the API that the world itself gives.
const (
	codeUnknown      = 0
	codeKeyEmpty     = 1
	codeIncorrectKey = 2
	codeWrongType    = 3
	codeWrongFields  = 4
	codeTooMany      = 5
	codeIncorrectID  = 6
	codeRelation     = 7
	codeIPBlocked    = 8
	codeJailed       = 10
	codeKeyRead      = 12
	codeInactive     = 13
	codeAccessLevel  = 16
	codePaused       = 18
	codeCategory     = 21
	codeOnlyV1       = 22
)

// errorText is Torn's wording of a code.
func errorText(code int) string {
	texts := map[int]string{
		0: "Unknown error", 1: "Key is empty", 2: "Incorrect key", 3: "Wrong type", 4: "Wrong fields",
		5: "Too many requests", 6: "Incorrect ID", 7: "Incorrect ID-entity relation", 8: "IP block", 9: "API disabled",
		10: "Key owner is in federal jail", 11: "Key change error: You can only change your API key once every 60 seconds",
		12: "Key read error", 13: "The key is temporarily disabled due to owner inactivity", 14: "Daily read limit reached",
		15: "Log is currently unavailable", 16: "Access level of this key is not high enough",
		17: "Backend error occurred, please try again", 18: "API key has been paused by the owner",
		19: "Must be migrated to crimes 2.0", 20: "Race not yet finished", 21: "Incorrect category",
		22: "This selection is only available in API v1", 23: "This selection is only available in API v2",
		24: "Closed temporarily", 25: "Invalid stat requested", 26: "Only category or stats can be requested",
		27: "Must be migrated to organized crimes 2.0", 28: "Incorrect log ID",
		29: "Category selection unavailable for interaction logs", 30: "File does not exist",
	}
	if t, ok := texts[code]; ok {
		return t
	}
	return "Unknown error"
}

func fail(code int) *apiError { return &apiError{Code: code, Text: errorText(code)} }

func (e *apiError) body() []byte {
	b, err := json.Marshal(map[string]*apiError{"error": e})
	if err != nil { // two plain fields cannot fail
		return []byte(`{"error":{"code":0,"error":"Unknown error"}}`)
	}
	return b
}
