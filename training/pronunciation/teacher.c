/* How flite would say each line of its input, by its front end alone: a line for each phone, an empty one behind each text.
 *
 * phone, stressed, accented, syllable begins, ends, word begins, ends, class of the word, the word */
#include <stdio.h>
#include <string.h>
#include <flite/flite.h>
#include <flite/cst_synth.h>

cst_voice *register_cmu_us_rms(const char *);

static int at_start(const cst_item *item) { return item && !item_prev(item); }
static int at_end(const cst_item *item) { return item && !item_next(item); }

static void print(cst_utterance *utterance)
{
    for (cst_item *phone = relation_head(utt_relation(utterance, "Segment")); phone; phone = item_next(phone)) {
        cst_item *in = item_as(phone, "SylStructure"), *syllable = in ? item_parent(in) : NULL;
        int starts = at_start(in), ends = at_end(in);
        printf("%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\t%s\n", item_feat_string(phone, "name"),
               ffeature_string(phone, "R:SylStructure.parent.stress"), ffeature_string(phone, "R:SylStructure.parent.accented"),
               starts, ends, starts && at_start(syllable), ends && at_end(syllable),
               syllable ? ffeature_string(item_parent(syllable), "gpos") : "0",
               syllable ? item_feat_string(item_parent(syllable), "name") : "");
    }
    printf("\n");
}

int main(void)
{
    char text[8192];
    flite_init();
    cst_voice *voice = register_cmu_us_rms(NULL);
    while (fgets(text, sizeof text, stdin)) {
        cst_utterance *utterance = new_utterance();
        text[strcspn(text, "\n")] = 0;
        utt_set_input_text(utterance, text);
        utt_init(utterance, voice);
        default_tokenization(utterance);
        default_textanalysis(utterance);
        default_pos_tagger(utterance);
        default_phrasing(utterance);
        default_lexical_insertion(utterance);
        default_pause_insertion(utterance);
        cart_intonation(utterance);
        (*val_uttfunc(feat_val(voice->features, "postlex_func")))(utterance);
        print(utterance);
        delete_utterance(utterance);
    }
    return 0;
}
