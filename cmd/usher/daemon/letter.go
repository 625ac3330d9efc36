package daemon

import (
	"context"
	"fmt"
	"strings"

	"usher/internal/config"
	"usher/internal/notify"
	"usher/internal/usher"
)

// attachLimit is how much is attached to one mail; most servers take no more than 20 MB.
const attachLimit = 10 << 20

// letter is the mail about a visit to the portal's owner; nil while its files are not in
// their place.
func (d *Daemon) letter(ctx context.Context, p config.Portal, v usher.Visit, reminder bool) (*notify.Mail, error) {
	sheet, err := d.ledger.Sheet(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	for _, b := range sheet.Batches {
		if b.WrittenAt == 0 {
			return nil, nil
		}
	}
	text, err := d.SheetText(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	letter := &notify.Mail{Name: p.Owner.Name, Address: p.Owner.Mail, At: d.store.Now(), ID: v.ID + ".told"}
	letter.Subject = fmt.Sprintf("usher: visit %d to %s", v.Number, p.Name)
	if v.Urgent {
		letter.Subject = "Urgent: " + letter.Subject
	}
	opening := "Something is to be carried to " + p.Name + "."
	if reminder {
		letter.ID, letter.Subject = v.ID+".reminded", "Reminder: "+letter.Subject
		opening = fmt.Sprintf("Nobody said yet that visit %d to %s is done.", v.Number, p.Name)
	}
	note := ""
	if p.Owner.Attach {
		if letter.Files, note, err = d.attached(ctx, sheet.Batches); err != nil {
			return nil, err
		}
	}
	letter.Text = strings.TrimSpace("Hello "+p.Owner.Name) + ",\n\n" + opening + "\n" + note + "\n" + text + "\nThis mail was written by usher; nobody reads answers to it.\n"
	return letter, nil
}

// attached are the files that are still to be carried to the portal, or a note why they are not.
func (d *Daemon) attached(ctx context.Context, batches []usher.Batch) (files []notify.File, note string, err error) {
	size := 0
	for _, b := range batches {
		if b.CarriedAt != 0 || b.ClosedAt != 0 {
			continue
		}
		whole, err := d.store.Look().BatchNamed(ctx, b.Name)
		if err != nil {
			return nil, "", err
		}
		size += len(whole.Content)
		if size > attachLimit {
			return nil, "The files are too large for a mail; fetch them as the steps say.\n", nil
		}
		files = append(files, notify.File{Name: whole.Name, Content: whole.Content})
	}
	return files, "", nil
}
