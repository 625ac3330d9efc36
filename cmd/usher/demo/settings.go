package demo

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

//go:embed company.yaml
var companyConfiguration []byte

// settings are what company.yaml leaves open, by the names of environment variables. They change while the history
// is made, and count from the next time that the daemon reads its configuration.
type settings map[string]string

// How many seats of coaching there are at first, and after some were bought.
const (
	firstCoaching = "32"
	laterCoaching = "38"
)

func newSettings(data, token string, c *counterparts, today time.Time) settings {
	day := func(n int) string { return today.AddDate(0, 0, n).UTC().Format(time.DateOnly) }
	return settings{
		"HR_FOLDER": filepath.Join(data, "from-hr"), "AGENCY_FOLDER": filepath.Join(data, "from-agency"),
		"HR_CRON": "", "HR_EXPECTED": "", "AGENCY_EXPECTED": "",
		"LEARNING_URL": c.learning.url, "ACADEMY_URL": c.academy.url, "PORTAL_TOKEN": token,
		"ISSUER": c.identity.issuer, "CLIENT_SECRET": c.identity.secret,
		"COURSES_STARTS": day(-200), "COURSES_ENDS": day(165), "COMPLIANCE_ENDS": day(62), "ADKAR_ENDS": day(24),
		"COACHING_SEATS": firstCoaching,
	}
}

// daily is a schedule for once a day, so long before now.
func daily(now time.Time, before time.Duration) string {
	at := now.Add(-before).UTC()
	return fmt.Sprintf("%d %d * * *", at.Minute(), at.Hour())
}

// schedules has files fetched and expected by themselves from now on: the nightly roster, and the agency's files.
func (s settings) schedules(now time.Time) {
	s["HR_CRON"], s["HR_EXPECTED"], s["AGENCY_EXPECTED"] = daily(now, nightlyBefore), daily(now, nightlyBefore-time.Hour), daily(now, agencyBefore)
}

func (s settings) lookUp(name string) (string, bool) {
	v, ok := s[name]
	return v, ok
}

// write puts the configuration into a folder, with the folders that it names.
func (s settings) write(data string) (file string, err error) {
	for _, name := range []string{"HR_FOLDER", "AGENCY_FOLDER"} {
		if err := os.MkdirAll(s[name], 0o700); err != nil {
			return "", err
		}
	}
	file = configurationIn(data)
	return file, os.WriteFile(file, companyConfiguration, 0o600)
}

// configurationIn is the configuration's place in the folder of the company.
func configurationIn(data string) string { return filepath.Join(data, "usher.yaml") }
