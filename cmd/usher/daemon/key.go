package daemon

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"usher/internal/store"
	"usher/internal/table"
	"usher/internal/usher"
)

// KeyFile is the file in the data folder that holds the installation's key, in
// hexadecimal. The environment variable KeyVariable replaces it.
const (
	KeyFile     = "usher.key"
	KeyVariable = "USHER_KEY"
)

// keySetting is where the store keeps what tells whether a key is the one that its
// tokens and seals were made with.
const keySetting = "key check"

// loadKey finds the installation's key: 32 random bytes under which tokens are hashed
// and events sealed. It is not in the store, so that a stolen database opens nothing.
// A store that has never seen a key gets a new one, unless o.Attach.
func loadKey(ctx context.Context, s *store.Store, o Options, data string) ([]byte, error) {
	known, err := s.Look().Setting(ctx, keySetting)
	if err != nil {
		return nil, err
	}
	if o.NewKey {
		known = ""
	}
	key, err := readKey(o, data)
	switch {
	case errors.Is(err, fs.ErrNotExist) && known == "" && !o.Attach:
		key, err = makeKey(filepath.Join(data, KeyFile))
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: there is no %s in %s, and the store was made with one: copy it there from where the store was first used, or set %s (if it is lost for good: usher serve --new-key)", usher.ErrInvalid, KeyFile, data, KeyVariable)
	}
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if known == "" && !o.Attach {
		if known, err = noteKey(ctx, s, checkOf(key), o.NewKey); err != nil {
			return nil, err
		}
	}
	if known == checkOf(key) || known == "" {
		return key, nil
	}
	return nil, fmt.Errorf("%w: the key is not the one that the store was made with, so that no token would open anything: use the %s from where the store was first used, or its content as %s (if it is lost for good: usher serve --new-key)", usher.ErrInvalid, KeyFile, KeyVariable)
}

// noteKey keeps the check of a key, unless another process was quicker, and gives the one
// that is kept.
func noteKey(ctx context.Context, s *store.Store, check string, replace bool) (string, error) {
	kept := check
	err := s.Write(ctx, func(tx *store.Tx) error {
		// Counting stands in the way of everybody else who counts, until the commit.
		if _, err := tx.NextNumber(ctx, keySetting); err != nil {
			return err
		}
		known, err := tx.Setting(ctx, keySetting)
		if err != nil || known != "" && !replace {
			kept = known
			return err
		}
		kept = check
		return tx.SetSetting(ctx, keySetting, check)
	})
	return kept, err
}

func readKey(o Options, data string) ([]byte, error) {
	text, ok := o.Env(KeyVariable)
	where := KeyVariable
	if !ok || text == "" {
		where = filepath.Join(data, KeyFile)
		content, err := os.ReadFile(where)
		if err != nil {
			return nil, err
		}
		text = string(content)
	}
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != sha256.Size {
		return nil, fmt.Errorf("%w: %s does not hold 64 hexadecimal digits", usher.ErrInvalid, where)
	}
	return key, nil
}

func makeKey(file string) ([]byte, error) {
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails
	return key, table.WriteFileAtomic(file, 0o600, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, hex.EncodeToString(key))
		return err
	})
}

// checkOf tells two keys apart and says nothing else about them.
func checkOf(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("key check"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}
