package roster

import "strings"

// usualName are names under which exports have an attribute, the best first, as wordOf writes them: English, German,
// French, Spanish, Italian, Dutch, Polish, Portuguese, and those of Workday, SAP, ADP, BambooHR, Personio and Entra.
type usualName struct {
	attribute attribute
	names     string
}

// usualNames stand in the order in which attributes choose among the columns.
//
//nolint:misspell // the words are of many languages
func usualNames() []usualName {
	return []usualName{
		{employeeNumber, `employeeid employeenumber employeeno employeenr empid empno staffid staffnumber staffno
			personnelnumber personnelno personid workerid associateid payrollid payrollnumber hrid eecode fileid
			personalnummer personalnr persnr mitarbeiternummer mitarbeiternr mitarbeiterid matricule numeroemploye
			numeroempleado numerodeempleado idempleado matricola numerodipendente personeelsnummer medewerkernummer
			numerpracownika idpracownika matrícula anställningsnummer medarbejdernummer`},
		{externalID, `externalid sourceid`},
		{manager, `manageremail manageremailaddress managermail managerworkemail manageruserprincipalname managerupn
			supervisoremail supervisoremailaddress reportstoemail reportingmanageremail linemanageremail
			vorgesetztenemail vorgesetzteremail vorgesetztermail emailvorgesetzter emailmanager emailresponsable
			managerid manageremployeeid manageremployeenumber managernumber managerpersonnelnumber supervisorid
			reportstoid vorgesetztenid vorgesetzterpersonalnummer manager supervisor reportsto linemanager
			reportingmanager vorgesetzter vorgesetzte responsable leidinggevende przełożony`},
		{email, `email emailaddress workemail workemailaddress businessemail companyemail primaryemail primaryemailaddress corporateemail
			emailwork officeemail mail mailaddress emailadresse mailadresse geschäftlicheemail dienstlicheemail
			firmenemail courriel adressemail adresseemail adresseélectronique correo correoelectrónico
			correoelectronico indirizzoemail emailadres epost adresemail endereçodeemail`},
		{upn, `upn userprincipalname principalname`},
		{userName, `username login loginname logonname userid benutzername kennung`},
		{displayName, `displayname fullname preferredname name anzeigename vollständigername nomcomplet nombrecompleto
			nomecompleto volledigenaam`},
		{givenName, `firstname givenname forename preferredfirstname legalfirstname vorname rufname prénom prenom
			nombre nome voornaam imię imie förnamn fornavn`},
		{familyName, `lastname surname familyname preferredlastname legallastname secondname nachname familienname zuname nom
			nomdefamille apellido apellidos cognome achternaam nazwisko sobrenome efternamn efternavn`},
		{title, `jobtitle title position positiontitle jobposition role businesstitle stelle stellenbezeichnung
			funktion berufsbezeichnung titre poste fonction intituléduposte cargo puesto qualifica mansione functie
			stanowisko`},
		{department, `department departmentname dept deptname orgunit organizationalunit team abteilung
			abteilungsname département departement service departamento reparto dipartimento afdeling dział dzial`},
		{division, `division businessunit bereich geschäftsbereich división divisione divisie`},
		{organization, `organization organisation company companyname legalentity employer firma unternehmen
			gesellschaft société societe empresa azienda bedrijf spółka`},
		{costCenter, `costcenter costcentre costcenterid costcentercode kostenstelle centredecoût centredecout
			centrodecosto centrodecostos centrodicosto kostenplaats`},
		{country, `country countrycode countryregion workcountry land pays país pais paese kraj`},
		{employeeType, `employeetype employmenttype workertype contracttype personneltype mitarbeitertyp
			beschäftigungsart vertragsart typedecontrat tipodecontrato`},
		{alias, `alias aliases emailalias emailaliases otheremail proxyaddresses`},
		{status, `status employmentstatus employeestatus workerstatus personnelstatus jobstatus accountstatus
			beschäftigungsstatus mitarbeiterstatus statut estado estatus stato`},
		{starts, `startdate hiredate dateofhire hiringdate originalhiredate dateofjoining joiningdate joindate
			employmentstartdate contractstartdate startson eintritt eintrittsdatum einstellungsdatum eintrittam
			datedembauche dateembauche datedentrée datedentree fechadeingreso fechadealta fechadeinicio
			datadiassunzione datumindienst startdatum`},
		{ends, `enddate terminationdate dateofleaving leavingdate lastdayofwork lastday lastworkingday exitdate
			employmentenddate contractenddate separationdate endson austritt austrittsdatum austrittam
			enddatum datedesortie datedefin fechadebaja fechadefin datadicessazione datumuitdienst`},
		{zone, `timezone zone tz zeitzone fuseauhoraire zonahoraria`},
	}
}

// usualKeyColumns are the names of columns that a worksheet of people has one of, in the forms in which headers have
// them.
func usualKeyColumns() []string {
	return []string{
		"employee_id", "employee id", "employeeid", "employee number", "employee_number", "employeenumber", "staff id", "staff_id",
		"personalnummer", "personnel number", "worker id", "matricule", "external_id", "externalid",
		"email", "e-mail", "mail", "email address", "e-mail address", "work email", "work_email", "e-mail-adresse", "upn", "userprincipalname",
	}
}

// wordOf is the name of a column without what stands between its words: "E-Mail-Adresse" is emailadresse.
func wordOf(name string) string { return strings.ReplaceAll(identifierOf(name), "_", "") }
