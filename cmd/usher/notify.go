package main

import (
	"errors"
	"fmt"
	"strings"

	"usher/internal/usher"
)

// notifyCmd is about the channels of notifications.
type notifyCmd struct {
	Test notifyTestCmd `cmd:"" help:"Send a test to all channels, or to one."`
}

type notifyTestCmd struct {
	Channel string `arg:"" optional:"" help:"Name below notifications.channels. Default: all."`
}

// Help implements kong.HelpProvider.
func (notifyTestCmd) Help() string {
	return `The test goes at once and says nothing of anybody. Whatever a channel answers is printed; the exit code is 1 where one of them did not take it.

Examples:
  usher notify test
  usher notify test chat`
}

// Run implements storeCommand.
func (c *notifyTestCmd) Run(d *desk) error {
	if c.Channel == "" && len(d.daemon.Config().Notifications.Channels) == 0 {
		return errors.New("the configuration in force has no channels: name some below notifications.channels (docs/notifications.md)")
	}
	tested, err := d.daemon.TestChannels(d.ctx, c.Channel)
	if errors.Is(err, usher.ErrNotFound) {
		var names []string
		for _, ch := range d.daemon.Config().Notifications.Channels {
			names = append(names, ch.Name)
		}
		return noSuch("channel", c.Channel, names)
	}
	if err != nil {
		return err
	}
	failed := 0
	for _, t := range tested {
		name := strings.TrimSpace(t.Channel + " " + t.To)
		if t.Err != nil {
			failed++
			fmt.Fprintf(d.stdout, "%s: %v\n", name, t.Err)
			continue
		}
		fmt.Fprintf(d.stdout, "%s: taken\n", name)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d did not take the test", failed, len(tested))
	}
	return nil
}
