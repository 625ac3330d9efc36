package ledger

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// tokenKind is what a sort of tokens opens. All sorts look alike, and none passes for another.
type tokenKind string

// The sorts of tokens.
const (
	directoryToken tokenKind = "scim"
	apiToken       tokenKind = "api"
)

// prefix starts every token of the sort, so that scanners of leaked secrets know one; the
// checksum at its end tells them that it is no mere likeness.
func (k tokenKind) prefix() string { return "ush_" + string(k) + "_" }

// maxTokenText is longer than any token.
const maxTokenText = 120

// tokenLetters is the alphabet of a token's parts: no underscore, one case.
const tokenLetters = "abcdefghijklmnopqrstuvwxyz234567"

var tokenText = base32.NewEncoding(tokenLetters).WithPadding(base32.NoPadding)

// make makes a token, as in ush_scim_ID_SECRET_CHECKSUM. The id is public; the secret has 256
// bits, so that a plain keyed hash of it is enough to keep.
func (k tokenKind) make() (id, text string) {
	random := make([]byte, 10+32)
	rand.Read(random) // never fails
	id = tokenText.EncodeToString(random[:10])
	body := k.prefix() + id + "_" + tokenText.EncodeToString(random[10:])
	return id, body + "_" + checksum(body)
}

// id is the public id in a token; false for a text that is none of the sort, which needs no
// look into the store.
func (k tokenKind) id(text string) (string, bool) {
	rest, ok := strings.CutPrefix(text, k.prefix())
	if !ok || len(text) > maxTokenText {
		return "", false
	}
	parts := strings.Split(rest, "_")
	if len(parts) != 3 || parts[0] == "" || strings.Trim(parts[0], tokenLetters) != "" {
		return "", false
	}
	body := strings.TrimSuffix(text, "_"+parts[2])
	return parts[0], checksum(body) == parts[2]
}

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	return tokenText.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// hash is what the store keeps of a token. It is keyed, so that a stolen database alone
// neither opens anything nor lets a guess be checked.
func (k tokenKind) hash(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(string(k) + " token\x00" + text))
	return hex.EncodeToString(mac.Sum(nil))
}

// is says whether a text is the token of which kept is the hash.
func (k tokenKind) is(key []byte, text, kept string) bool {
	return hmac.Equal([]byte(k.hash(key, text)), []byte(kept))
}
