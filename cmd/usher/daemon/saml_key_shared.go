package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"usher/internal/config"
	"usher/internal/store"
	"usher/sso/saml"
)

// samlKeySetting keeps the fingerprint of the certificate of the process that started last.
const samlKeySetting = "saml key"

// compareSAMLKey warns where this process has another key than the one that started before it: a provider knows
// one, and cannot encrypt for the other. With the key before as the previous one it is a change of keys.
func (d *Daemon) compareSAMLKey(ctx context.Context, c *config.Config) error {
	if !slices.ContainsFunc(c.SignIn.Connections, func(one config.Connection) bool { return one.Kind == "saml" }) {
		return nil
	}
	keys, err := samlKeys(c, d.options.Clock())
	if err != nil {
		return err
	}
	before, err := d.store.Look().Setting(ctx, samlKeySetting)
	if err != nil || before == fingerprint(keys[0]) {
		return err
	}
	if before != "" && !slices.ContainsFunc(keys, func(k saml.Key) bool { return fingerprint(k) == before }) {
		d.log.Warn().Str("sha256", fingerprint(keys[0])).Str("before", before).
			Msg("signing in: this process has another key for SAML than the one that started before it; replicas share saml.pem, and a new key wants the old one as signin.saml_key.previous_cert_file")
	}
	return d.store.Write(ctx, func(tx *store.Tx) error { return tx.SetSetting(ctx, samlKeySetting, fingerprint(keys[0])) })
}

// fingerprint is the SHA-256 of a key's certificate.
func fingerprint(k saml.Key) string {
	sum := sha256.Sum256(k.Certificate.Raw)
	return hex.EncodeToString(sum[:])
}
