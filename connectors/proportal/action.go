package proportal

// action is what a row asks for, in the words of the portal where it has any.
type action string

// The actions. Those of the first group free seats or rights.
const (
	deactivate    action = "Deactivate Subscription"
	removeAdmin   action = "Remove Admin Rights"
	removeContent action = "Remove Content License"
	removeUser    action = "Remove User License"
	removeRole    action = "Remove Admin Role"

	createTeam action = "Create Team"
	renameTeam action = "Rename Team"

	activate   action = "Activate Subscription"
	assignUser action = "Assign User License"

	invite  action = "Invite"
	addUser action = "Add User"

	assignContent action = "Assign Content License"
	giveRole      action = "Give Admin Role"

	addToTeam      action = "Add to Team"
	removeFromTeam action = "Remove from Team"

	check       action = "Check Subscription"
	changeName  action = "Change Name"
	changeEmail action = "Change Email"
	deleteTeam  action = "Delete Team"
)

// order is the order of a list. Actions of one line are done person by person.
var order = [][]action{
	{deactivate, removeContent, removeUser, removeAdmin, removeRole},
	{renameTeam},
	{createTeam},
	{activate, assignUser},
	{invite, addUser},
	{assignContent},
	{giveRole},
	{removeFromTeam, addToTeam},
	{check},
	{changeName, changeEmail},
	{deleteTeam},
}

// place is an action's line in the order and its place there.
func (a action) place() (line, at int) {
	for line, actions := range order {
		for at, b := range actions {
			if a == b {
				return line, at
			}
		}
	}
	return len(order), 0
}
