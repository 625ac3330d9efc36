package main

import (
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/mattn/go-isatty"

	"usher/cmd/usher/demo"
)

// demoCmd plays a story.
type demoCmd struct {
	Exit    bool `help:"End after the story." xor:"what"`
	NoStory bool `help:"Open on the company at once, without the story." xor:"what"`
}

// Help implements kong.HelpProvider.
func (demoCmd) Help() string {
	return `Needs no set-up and no network, and leaves nothing behind: a real usher in a temporary folder, portals on loopback, and invented people.

It tells a short story with a few of them, and then opens on a company of 300 with a history of 90 days: log in at the console with one of the links that it prints, or use the commands. It stays up until Ctrl-C.`
}

// Run implements kong's contract.
func (c *demoCmd) Run(s *shell) error {
	return demo.Run(s.ctx, demo.Options{
		Exit: c.Exit, NoStory: c.NoStory, In: keyboard(), Out: s.stdout, Trouble: s.stderr, Colour: wantsColour(s), Self: self(), Command: inDaemon,
	})
}

// keyboard is where somebody can press Enter; nil where nobody sits.
func keyboard() io.Reader {
	if isTerminal(os.Stdin) {
		return os.Stdin
	}
	return nil
}

// wantsColour says whether a person watches who did not forbid colours (no-color.org).
func wantsColour(s *shell) bool {
	if v, _ := s.env("NO_COLOR"); v != "" {
		return false
	}
	return isTerminal(s.stdout)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// self is how to call this program again.
func self() string {
	path, err := os.Executable()
	switch {
	case err == nil && strings.Contains(path, "go-build"):
		return "go run ./cmd/usher"
	case err == nil && !onPath(path):
		return path
	}
	return "usher"
}

func onPath(program string) bool {
	found, err := exec.LookPath("usher")
	return err == nil && found == program
}
