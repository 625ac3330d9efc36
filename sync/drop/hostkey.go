package drop

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// parseKey reads a private key. Its errors never show what was read.
func parseKey(pem []byte) (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey(pem)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		return nil, errors.New("key has a passphrase: make one without for usher (ssh-keygen -t ed25519 -N '') and protect its file")
	}
	if err != nil {
		return nil, errors.New("key is no private key in PEM: give the content of a file such as id_ed25519")
	}
	return signer, nil
}

// checkHostKeys is about the configuration.
func checkHostKeys(host string, pins []string) error {
	const how = "; ask the server's admin for its fingerprint, or compare what `ssh-keyscan %s | ssh-keygen -lf -` shows"
	if len(pins) == 0 {
		return fmt.Errorf("host key is missing"+how, host)
	}
	for _, pin := range pins {
		sum, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(pin, "SHA256:"))
		if !strings.HasPrefix(pin, "SHA256:") || err != nil || len(sum) != 32 {
			return fmt.Errorf("host key %q is no fingerprint such as SHA256:..."+how, pin, host)
		}
	}
	return nil
}

func (s *sftpSource) clientConfig() *ssh.ClientConfig {
	return &ssh.ClientConfig{
		User:            s.User,
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(s.signer)},
		HostKeyCallback: s.checkHostKey,
		ClientVersion:   "SSH-2.0-usher",
	}
}

// checkHostKey implements ssh.HostKeyCallback.
func (s *sftpSource) checkHostKey(_ string, _ net.Addr, key ssh.PublicKey) error {
	if shown := ssh.FingerprintSHA256(key); !slices.Contains(s.HostKeys, shown) {
		return fmt.Errorf("%w: the server shows %s (%s), pinned is %s; "+
			"nothing was fetched. If the server's admin confirms the new key, pin it", ErrHostKey, shown, key.Type(), strings.Join(s.HostKeys, " or "))
	}
	return nil
}

// explain adds what mends a failed handshake.
func (s *sftpSource) explain(err error) error {
	if strings.Contains(err.Error(), "unable to authenticate") { // the library has no type for it
		return fmt.Errorf("%w; the server has to accept the key %s for %s", err, ssh.FingerprintSHA256(s.signer.PublicKey()), s.User)
	}
	return err
}
