package saml

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// maxWrapped is how many recipients one message may be encrypted for.
const maxWrapped = 4

// contentCipher is an algorithm for the assertion itself (xmlenc-core 5.2): AES, with or without authentication.
type contentCipher struct {
	keySize int
	open    func(cipher.Block, []byte) ([]byte, bool)
}

var contentCiphers = map[string]contentCipher{
	nsXEnc + "aes128-cbc":   {16, openCBC},
	nsXEnc + "aes192-cbc":   {24, openCBC},
	nsXEnc + "aes256-cbc":   {32, openCBC},
	nsXEnc11 + "aes128-gcm": {16, openGCM},
	nsXEnc11 + "aes192-gcm": {24, openGCM},
	nsXEnc11 + "aes256-gcm": {32, openGCM},
}

// errUndecrypted is one refusal for whatever goes wrong after the algorithms are known, because an answer that tells bad
// padding from a bad key decrypts the message for whoever asks often enough.
func errUndecrypted() error {
	return refuse(Decryption, "it cannot be decrypted with our keys, or is not a signed assertion within; does the provider have our present metadata?")
}

// decrypt gives the bytes within an EncryptedAssertion (saml-core 2.3.4), tried with each key of ours.
func decrypt(encrypted *etree.Element, keys []Key) ([]byte, error) {
	data, err := only(encrypted, named{nsXEnc, "EncryptedData"})
	if err != nil {
		return nil, err
	}
	algorithm := algorithmOf(data)
	content, known := contentCiphers[algorithm]
	if !known {
		return nil, refuse(Algorithm, "the assertion is encrypted with %s; let the provider use AES-256-GCM or AES-CBC", quoted(algorithm))
	}
	wrapped, err := wrappedKeys(encrypted, data)
	if err != nil {
		return nil, err
	}
	sealed, good := cipherValue(data)
	if !good {
		return nil, errUndecrypted()
	}
	for _, w := range wrapped {
		for _, key := range keys {
			if plain, good := content.decrypt(w, key, sealed); good {
				return plain, nil
			}
		}
	}
	return nil, errUndecrypted()
}

func (c contentCipher) decrypt(w wrappedKey, key Key, sealed []byte) ([]byte, bool) {
	session, err := key.Private.Decrypt(nil, w.value, &w.oaep)
	if err != nil || len(session) != c.keySize {
		return nil, false
	}
	block, err := aes.NewCipher(session)
	if err != nil {
		return nil, false
	}
	return c.open(block, sealed)
}

// openGCM takes the nonce from the front (xmlenc-core 5.2.4).
func openGCM(block cipher.Block, sealed []byte) ([]byte, bool) {
	gcm, err := cipher.NewGCM(block)
	if err != nil || len(sealed) < gcm.NonceSize() {
		return nil, false
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], nil)
	return plain, err == nil
}

// openCBC takes the vector from the front and the padding, whose last byte is its length, from the end (xmlenc-core 5.2.2).
func openCBC(block cipher.Block, sealed []byte) ([]byte, bool) {
	size := block.BlockSize()
	if len(sealed) < 2*size || len(sealed)%size != 0 {
		return nil, false
	}
	plain := slices.Clone(sealed[size:])
	cipher.NewCBCDecrypter(block, sealed[:size]).CryptBlocks(plain, plain)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		return nil, false
	}
	return plain[:len(plain)-padding], true
}

func algorithmOf(el *etree.Element) string {
	for _, method := range children(el, named{nsXEnc, "EncryptionMethod"}) {
		algorithm, _ := attribute(method, "Algorithm")
		return algorithm
	}
	return ""
}

func cipherValue(el *etree.Element) ([]byte, bool) {
	for _, data := range children(el, named{nsXEnc, "CipherData"}) {
		for _, value := range children(data, named{nsXEnc, "CipherValue"}) {
			written, leaf := text(value)
			raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(written), ""))
			return raw, leaf && err == nil
		}
	}
	return nil, false
}
