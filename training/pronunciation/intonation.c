/* Writes flite's decision trees for pitch accents and end tones, and its classes of function words, as JSON.
 *
 * A node is [feature, value, yes, no]; a leaf is true where the syllable gets an accent or a tone. */
#include <stdio.h>
#include <string.h>
#include <flite/flite.h>
#include <flite/cst_cart.h>

extern const cst_cart us_int_accent_cart, us_int_tone_cart;
extern const cst_val * const * const us_gpos[];

static void node(const cst_cart *tree, int at)
{
    const cst_cart_node *one = &tree->rule_table[at];
    const char *value = val_string(one->val);

    if (one->op == CST_CART_OP_LEAF) {
        printf("%s", strcmp(value, "NONE") ? "true" : "false");
        return;
    }
    if (one->op != CST_CART_OP_IS) {
        fprintf(stderr, "operator %d is unknown\n", one->op);
        exit(1);
    }
    printf("[\"%s\", \"%s\", ", tree->feat_table[one->feat], value);
    node(tree, at + 1);
    printf(", ");
    node(tree, one->no_node);
    printf("]");
}

int main(void)
{
    printf("{\"accent\": ");
    node(&us_int_accent_cart, 0);
    printf(",\n\"tone\": ");
    node(&us_int_tone_cart, 0);
    printf(",\n\"classes\": {");
    for (int class = 0; us_gpos[class]; class++) {
        printf("%s\"%s\": [", class ? ",\n" : "", val_string(us_gpos[class][0]));
        for (int word = 1; us_gpos[class][word]; word++)
            if (strcmp("\"", val_string(us_gpos[class][word])))
                printf("%s\"%s\"", word > 1 ? ", " : "", val_string(us_gpos[class][word]));
        printf("]");
    }
    printf("}}\n");
    return 0;
}
