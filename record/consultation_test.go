package record

import "testing"

func TestConsultationText(t *testing.T) {
	for name, test := range map[string]struct {
		c    Consultation
		want string
	}{
		"a note alone is unchanged": {Consultation{Note: "RAS. \n"}, "RAS. \n"},
		"lists alone":               {Consultation{Orders: []string{"NFS"}}, "Examens demandés :\n- NFS"},
		"everything": {Consultation{Note: "Angine.", Prescriptions: []string{"A", "B"}, Orders: []string{"C"}, Reason: "urgence"},
			"Angine.\n\nPrescriptions :\n- A\n- B\n\nExamens demandés :\n- C\n\nOuverture malgré un consentement expiré, motif :\n- urgence"},
	} {
		if got := test.c.Text(); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
