// Package outbox puts files for portals into folders away from this machine.
//
// Its invariant: a name is seen there only once its file is whole, and a file that is
// there is never overwritten. Whatever fails, the same call may be made again.
package outbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/pkg/sftp"
)

// Put makes a file on the server. One of that name with the same content is the one that
// is wanted; with another it is fs.ErrExist and stays.
func (s *Server) Put(ctx context.Context, name string, content []byte) error {
	if name == "" || strings.ContainsAny(name, "/\\") || strings.HasPrefix(name, ".") {
		return fmt.Errorf("%s: %q is no name for a file", s, name)
	}
	return s.within(ctx, func(c *sftp.Client) error { return s.put(c, name, content) })
}

func (s *Server) put(c *sftp.Client, name string, content []byte) error {
	target := s.at(name)
	there, err := same(c, target, content)
	if err != nil || there {
		return err
	}
	s.sweep(c, name)
	part := s.at("." + name + "." + rand.Text()[:8] + partly)
	if err := write(c, part, content); err != nil {
		_ = c.Remove(part)
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := rename(c, part, target); err != nil {
		_ = c.Remove(part)
		return fmt.Errorf("rename %s: %w", name, err)
	}
	there, err = same(c, target, content)
	if err == nil && !there {
		err = fmt.Errorf("%s is not there although the server took it", name)
	}
	return err
}

// partly ends the name of a file that is not whole yet.
const partly = ".part"

// same says whether the file is there with that content.
func same(c *sftp.Client, target string, content []byte) (bool, error) {
	file, err := c.Open(target)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	found, err := io.ReadAll(io.LimitReader(file, int64(len(content))+1))
	if err != nil {
		return false, fmt.Errorf("read %s: %w", path.Base(target), err)
	}
	if !bytes.Equal(found, content) {
		return false, fmt.Errorf("%s is there with another content; move it away, and it is written: %w", path.Base(target), fs.ErrExist)
	}
	return true, nil
}

func write(c *sftp.Client, part string, content []byte) error {
	file, err := c.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if _, can := c.HasExtension("fsync@openssh.com"); can && err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// rename gives a whole file its name. The rename of the protocol refuses a name that is
// taken; servers without it get its extension, after the name was found to be free.
func rename(c *sftp.Client, part, target string) error {
	err := c.Rename(part, target)
	if err == nil {
		return nil
	}
	if _, taken := c.Lstat(target); taken == nil {
		return fs.ErrExist
	}
	if _, can := c.HasExtension("posix-rename@openssh.com"); can {
		return c.PosixRename(part, target)
	}
	return err
}

// sweep removes what is left of tries that were cut off. What it cannot remove does no harm.
func (s *Server) sweep(c *sftp.Client, name string) {
	entries, err := c.ReadDir(s.Path)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "."+name+".") && strings.HasSuffix(e.Name(), partly) {
			_ = c.Remove(s.at(e.Name()))
		}
	}
}

func (s *Server) at(name string) string { return path.Join(s.Path, name) }
