/* What flite makes of lines of text: its phones, and the parameters that its vocoder is given.
 *
 * usage: flite_dump <lines of text >phones PARAMETERS SOUND
 *
 * For each line: "#\t<frames>\t<samples>\t<line>", then a line a phone, separated by tabs: name, end in seconds, stress,
 * accent, whether it begins and ends its syllable and its word, what its word is (gpos).
 * PARAMETERS (float32, 31 a frame of 5 ms): F0 in Hz, 25 mel-cepstral coefficients, 5 strengths of voicing.
 * SOUND: int16 at 16 kHz. Nothing is written there, and nothing spoken, if its name is "-".
 * The filters of the five bands go to stderr, one a line.
 */
#include <flite/cst_cg.h>
#include <flite/flite.h>
#include <stdio.h>
#include <string.h>

cst_voice *register_cmu_us_rms(const char *folder);

enum { LINE = 4096, CEPSTRA = 25, BANDS = 5 };

/* Of the vocoder, which takes half of the time. */
static int stop(const cst_wave *wave, int start, int size, int last, struct cst_audio_streaming_info_struct *info)
{
    (void)wave, (void)start, (void)size, (void)last, (void)info;
    return CST_AUDIO_STREAM_STOP;
}

static void silence(cst_voice *voice)
{
    cst_audio_streaming_info *info = new_audio_streaming_info();
    info->min_buffsize = 80;
    info->asc = stop;
    feat_set(voice->features, "streaming_info", audio_streaming_info_val(info));
}

static void print_filters(const cst_cg_db *db)
{
    int band, tap;
    fprintf(stderr, "%d %g %g %g\n", db->sample_rate, db->mlsa_alpha, db->mlsa_beta, db->gain);
    for (band = 0; band < db->ME_num; band++)
        for (tap = 0; tap < db->ME_order; tap++)
            fprintf(stderr, "%.9g%c", db->me_h[band][tap], tap + 1 < db->ME_order ? ' ' : '\n');
}

static int write_parameters(cst_utterance *utterance, FILE *to)
{
    const cst_cg_db *db = val_cg_db(feat_val(utterance->features, "cg_db"));
    const cst_track *strengths = val_track(feat_val(utterance->features, "str_track"));
    cst_track *smooth = mlpg(val_track(feat_val(utterance->features, "param_track")), (cst_cg_db *)db);
    int frame, frames = smooth->num_frames;
    for (frame = 0; frame < frames; frame++) {
        fwrite(smooth->frames[frame], sizeof(float), 1 + CEPSTRA, to);
        fwrite(strengths->frames[frame], sizeof(float), BANDS, to);
    }
    delete_track(smooth);
    return frames;
}

static void print_phone(const cst_item *phone)
{
    const cst_item *place = item_as(phone, "SylStructure");
    const cst_item *syllable = place ? item_parent(place) : NULL;
    int starts = place && !item_prev(place), ends = place && !item_next(place);
    printf("%s\t%.4f\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", item_feat_string(phone, "name"), item_feat_float(phone, "end"),
           ffeature_string(phone, "R:SylStructure.parent.stress"),
           ffeature_string(phone, "R:SylStructure.parent.accented"), starts, ends,
           starts && !item_prev(syllable), ends && !item_next(syllable),
           syllable ? ffeature_string(item_parent(syllable), "gpos") : "0");
}

int main(int count, char **arguments)
{
    char line[LINE];
    FILE *parameters, *sound = NULL;
    cst_voice *voice;
    int first = 1;
    if (count != 3 || !(parameters = fopen(arguments[1], "wb"))) return 2;
    if (strcmp(arguments[2], "-") && !(sound = fopen(arguments[2], "wb"))) return 2;
    flite_init();
    voice = register_cmu_us_rms(NULL);
    if (!sound) silence(voice);
    while (fgets(line, sizeof line, stdin)) {
        cst_utterance *utterance;
        cst_wave *wave;
        cst_item *phone;
        line[strcspn(line, "\n")] = 0;
        utterance = flite_synth_text(line, voice);
        wave = utt_wave(utterance);
        if (first) print_filters(val_cg_db(feat_val(utterance->features, "cg_db")));
        first = 0;
        printf("#\t%d\t%d\t%s\n", write_parameters(utterance, parameters), wave->num_samples, line);
        if (sound) fwrite(wave->samples, sizeof(short), wave->num_samples, sound);
        for (phone = relation_head(utt_relation(utterance, "Segment")); phone; phone = item_next(phone))
            print_phone(phone);
        delete_utterance(utterance);
    }
    return fclose(parameters) || (sound && fclose(sound));
}
