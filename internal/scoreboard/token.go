package scoreboard

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// tokenBytes is how much chance is in a token: far too much to be guessed.
const tokenBytes = 32

// NewToken makes a link's token and the hash that it is stored under. The token
// itself is shown once, to whoever asked for the link.
func NewToken() (token string, hash []byte) {
	var secret [tokenBytes]byte
	_, _ = rand.Read(secret[:]) // never fails, by its documentation
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	sum := hashOf(token)
	return token, sum[:]
}

// LinkURL is the address that a token is handed out as.
func LinkURL(publicURL, token string) string {
	return strings.TrimRight(publicURL, "/") + "/s/" + token
}

// tokenHash is what a token is stored under.
type tokenHash [sha256.Size]byte

func hashOf(token string) tokenHash { return sha256.Sum256([]byte(token)) }

// wellFormed tells whether a text can be a token at all.
func wellFormed(token string) bool {
	secret, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil && len(secret) == tokenBytes
}
