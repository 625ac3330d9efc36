package config

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"
	"unicode/utf8"
)

func (d *decoder) checkDirectory(path string, dir Directory, all []Directory) {
	if dir.EmployeeNumbers != "" && !validName.MatchString(dir.EmployeeNumbers) {
		d.fault(path+".employee_numbers", "is not a valid name", nameHint)
	}
	if _, err := time.LoadLocation(dir.Zone); err != nil || dir.Zone == "Local" {
		d.fault(path+".zone", "is no time zone", "an IANA name, such as Europe/Berlin")
	}
	if !d.failed[path+".kind"] {
		checkKind[Directory](d, path, "directory", dir.Kind)
	}
	d.checkStandsIn(path+".stands_in", dir, all)
	d.checkSource(path, dir)
	d.checkFormat(path+".format", dir.Format)
	d.checkStatus(path, dir)
}

// checkStatus wants a status column where words for it are given: declared columns take the place
// of the well-known ones, and without a status column nobody in a file ever leaves.
func (d *decoder) checkStatus(path string, dir Directory) {
	if _, mapped := dir.Columns["status"]; d.given(path+".status") && len(dir.Columns) > 0 && !mapped {
		d.fault(path+".status", "has words for a column that is not read", "name it below columns: status: and its heading; whom the file says to have left would stay")
	}
}

// checkSource wants one source at most, and one where there is a schedule.
func (d *decoder) checkSource(path string, dir Directory) {
	var given []string
	for _, kind := range []string{"folder", "sftp", "https", "s3"} {
		if d.given(path + ".source." + kind) {
			given = append(given, kind)
		}
	}
	switch {
	case len(given) > 1:
		d.fault(path+".source."+given[1], "is a second source", "a directory has one: "+strings.Join(given, " or "))
	case len(given) == 0 && dir.Schedule.Cron != "":
		d.fault(path+".schedule.cron", "has no source to look at", "say where files appear, below source:")
	case len(given) == 1:
		for _, key := range needed(given[0]) {
			if child := path + ".source." + given[0] + "." + key; !d.given(child) {
				d.fault(child, "is missing", "a source of kind "+given[0]+" needs it")
			}
		}
	}
}

// needed are the keys without which a source is none.
func needed(kind string) []string {
	switch kind {
	case "folder":
		return []string{"path"}
	case "sftp":
		return []string{"host", "user", "key", "host_keys"}
	case "https":
		return []string{"url"}
	}
	return []string{"endpoint", "bucket", "access_key", "secret_key"}
}

func (d *decoder) checkFormat(path string, f Format) {
	var bad *syntax.Error
	if _, err := regexp.Compile(f.KeyPattern); errors.As(err, &bad) {
		d.fault(path+".key_pattern", "is not a regular expression: "+bad.Code.String(), "RE2 syntax")
	}
	if f.Separator != "" && f.Separator != "tab" && utf8.RuneCountInString(f.Separator) != 1 {
		d.fault(path+".separator", "must be one character, or tab", "such as ;")
	}
}
