package config

import "slices"

// checkStandsIn wants another directory, of kind scim, and how long it may be silent.
func (d *decoder) checkStandsIn(path string, dir Directory, all []Directory) {
	if !d.given(path) || d.failed[path] {
		return
	}
	for key, hint := range map[string]string{"for": "name the scim directory that may fall silent", "after": "how long it may be silent, such as 48h"} {
		if !d.given(path + "." + key) {
			d.fault(path+"."+key, "is missing", hint)
		}
	}
	i := slices.IndexFunc(all, func(other Directory) bool { return other.Name == dir.StandsIn.For })
	switch {
	case i < 0:
		d.fault(path+".for", "names a directory that is not declared", scimHint(dir.StandsIn.For, all))
	case all[i].Name == dir.Name:
		d.fault(path+".for", "names the directory itself", scimHint("", all))
	case all[i].Kind != "scim" && !d.failed[join("directories", all[i].Name)+".kind"]:
		d.fault(path+".for", "names a directory of kind "+all[i].Kind+", whose silence between two files means nothing", scimHint("", all))
	}
}

// scimHint names scim directories that may have been meant, valid names only: what is none
// may be a value that slipped into a key's place.
func scimHint(word string, all []Directory) string {
	var known []string
	for _, dir := range all {
		if dir.Kind == "scim" && validName.MatchString(dir.Name) {
			known = append(known, dir.Name)
		}
	}
	if len(known) == 0 {
		return "declare one of kind scim under directories"
	}
	return suggest(word, known)
}
