package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"usher/internal/config"
)

// TestCompose reads the configuration inside compose.yaml as the daemon in the container
// will.
func TestCompose(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Configs struct {
			Usher struct{ Content string }
		}
	}
	if err := yaml.Unmarshal(text, &compose); err != nil {
		t.Fatal(err)
	}
	environment := func(name string) (string, bool) { return "0a1b2c", name == "USHER_DB_PASSWORD" }
	undoubled := strings.ReplaceAll(compose.Configs.Usher.Content, "$$", "$")
	c, err := config.Parse("compose.yaml", []byte(undoubled), environment)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Store.Reveal(), "postgres://usher:0a1b2c@db/usher?sslmode=disable"; got != want {
		t.Errorf("store is %q, want %q", got, want)
	}
}
