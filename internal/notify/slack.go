package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Slack is an incoming webhook in the way of Slack, which others take as well: JSON with a text.
type Slack struct {
	// URL is a secret: whoever knows it can write to the channel.
	URL    string
	Client *http.Client
}

// Send posts a message.
func (s Slack) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(map[string]string{"text": slackText(m)})
	if err != nil {
		return err
	}
	return post(ctx, s.Client, s.URL, body, nil)
}

// slackEscapes are all that Slack wants escaped; without them a text could mention people.
var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slackText(m Message) string {
	if m.Test {
		return slackEscapes.Replace(testWords)
	}
	lines := []string{"*" + slackEscapes.Replace(m.Subject()) + "*"}
	for _, p := range m.parts() {
		if len(p.items) > 0 && p.heading != "" {
			lines = append(lines, p.heading+":")
		}
		items, more := p.shown()
		for _, i := range items {
			lines = append(lines, slackLine(i, p.whole, m.Base))
		}
		if more != "" {
			lines = append(lines, more)
		}
	}
	if line := m.passed(); line != "" {
		lines = append(lines, slackEscapes.Replace(line))
	}
	return strings.Join(lines, "\n")
}

func slackLine(i Item, whole bool, base string) string {
	if !whole {
		return fmt.Sprintf("• %s (%s)", slackEscapes.Replace(i.Title), i.when())
	}
	return fmt.Sprintf("• <%s|%s> (%s)\n   %s", slackEscapes.Replace(base+i.Path), slackEscapes.Replace(i.Title), i.when(), slackEscapes.Replace(i.Detail))
}
