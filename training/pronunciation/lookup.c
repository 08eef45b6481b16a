#include <flite/flite.h>
#include <flite/cst_lexicon.h>
#include <stdio.h>
#include <string.h>
cst_lexicon *cmu_lex_init(void);
int main(void)
{
    char line[512];
    flite_init();
    cst_lexicon *lexicon = cmu_lex_init();
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        char *pos = strchr(line, '\t');
        if (pos) *pos++ = 0;
        cst_val *phones = lex_lookup(lexicon, line, pos, NULL);
        printf("%s\t%s\t%d\t", line, pos ? pos : "-", in_lex(lexicon, line, pos, NULL));
        for (const cst_val *c = phones; c; c = val_cdr(c)) printf(c == phones ? "%s" : " %s", val_string(val_car(c)));
        printf("\n");
        delete_val(phones);
    }
    return 0;
}
