package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// explainCmd says why.
type explainCmd struct {
	Who  string `arg:"" name:"person" help:"Address, UPN, alias, id, employee number or exact name; also an address that nobody has."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (explainCmd) Help() string {
	return `Says why this person has, is queued for, or does not have each seat, from which rule and record, and what each portal was told and showed. For an address that nobody has it says where it was seen.

Examples:
  usher explain ann@example.com
  usher explain 0042 --json`
}

// Run implements storeCommand.
func (c *explainCmd) Run(d *desk) error {
	e, err := d.daemon.Ledger().Explain(d.ctx, c.Who)
	if err != nil {
		return err
	}
	if e.Person == nil && len(e.Namesakes) == 0 && !strings.Contains(c.Who, "@") {
		d.remark("`usher people --all %q` looks for people by a part of their name or address.", c.Who)
	}
	if !c.JSON {
		return e.Text(d.stdout)
	}
	encoder := json.NewEncoder(d.stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
