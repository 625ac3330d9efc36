package usher

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// JoinLink is a link with which people pin themselves to some subscriptions: an admin's word for whoever comes with it, once each,
// up to a number of people and until a time.
type JoinLink struct {
	Number int64
	// Hash is what is kept of the code, see [HashJoinCode].
	Hash          string
	Subscriptions []ID
	// Places is how many people may use it.
	Places    int
	CreatedBy string
	Reason    string
	CreatedAt Time
	// Until is when it ends.
	Until     Time
	RevokedBy string
	RevokedAt Time
	// Used is how many people have used it.
	Used int
}

// Over says why the link gives nothing at now; empty while it does.
func (j JoinLink) Over(now Time) string {
	switch {
	case j.RevokedAt != 0:
		return "was revoked"
	case now >= j.Until:
		return "has expired"
	case j.Used >= j.Places:
		return "was used as often as it may be"
	}
	return ""
}

// JoinPath is the path of a join link, before its code.
const JoinPath = "/join/"

// HashJoinCode is what is kept of a code. A code is random and long, so nobody guesses it from a plain hash.
func HashJoinCode(code string) string {
	sum := sha256.Sum256([]byte("join\x00" + code))
	return hex.EncodeToString(sum[:])
}

// JoinHashOf is the hash of the code in a path of ours; empty for any other path.
func JoinHashOf(path string) string {
	code, ok := strings.CutPrefix(path, JoinPath)
	if !ok || code == "" {
		return ""
	}
	return HashJoinCode(code)
}
