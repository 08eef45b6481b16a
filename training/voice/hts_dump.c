/* What the HTS voice makes of full-context labels: durations and the parameters of its vocoder.
 *
 * usage: hts_dump VOICE <utterances >durations PARAMETERS SOUND
 *
 * An utterance is a line with the number of its labels, then as many labels. For each one line: its frames, its samples,
 * then the frames (5 ms) of every phone.
 * PARAMETERS (float32, 46 a frame): log F0 (below zero: unvoiced), 45 mel-cepstral coefficients.
 * SOUND: int16 at the voice's rate. Nothing is written there, and nothing spoken, if its name is "-".
 */
#include <HTS_engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 512, LONGEST = 4000, CEPSTRA = 45 };

/* Read where they are generated: the functions of the interface know them only once they have been spoken. */
static void write_parameters(const HTS_PStreamSet *generated, FILE *to)
{
    const HTS_PStream *spectrum = &generated->pstream[0], *pitch = &generated->pstream[1];
    size_t frame, k, voiced = 0;
    for (frame = 0; frame < generated->total_frame; frame++) {
        float row[1 + CEPSTRA];
        row[0] = pitch->msd_flag[frame] ? (float)pitch->par[voiced++][0] : -1;
        for (k = 0; k < CEPSTRA; k++) row[1 + k] = (float)spectrum->par[frame][k];
        fwrite(row, sizeof row, 1, to);
    }
}

static void write_sound(HTS_Engine *engine, FILE *to)
{
    size_t n, samples = HTS_Engine_get_nsamples(engine);
    for (n = 0; n < samples; n++) {
        double x = HTS_Engine_get_generated_speech(engine, n);
        short clipped = x > 32767 ? 32767 : x < -32768 ? -32768 : (short)x;
        fwrite(&clipped, sizeof clipped, 1, to);
    }
}

static void print_durations(HTS_Engine *engine, size_t phones)
{
    size_t phone, state, states = HTS_Engine_get_nstate(engine);
    for (phone = 0; phone < phones; phone++) {
        size_t frames = 0;
        for (state = 0; state < states; state++)
            frames += HTS_Engine_get_state_duration(engine, phone * states + state);
        printf(" %zu", frames);
    }
    printf("\n");
}

int main(int count, char **arguments)
{
    static char text[LONGEST][LINE], *labels[LONGEST], number[LINE];
    HTS_Engine engine;
    FILE *parameters, *sound = NULL;
    size_t i;
    if (count != 4 || !(parameters = fopen(arguments[2], "wb"))) return 2;
    if (strcmp(arguments[3], "-") && !(sound = fopen(arguments[3], "wb"))) return 2;
    HTS_Engine_initialize(&engine);
    if (!HTS_Engine_load(&engine, &arguments[1], 1)) return 3;
    for (i = 0; i < LONGEST; i++) labels[i] = text[i];
    while (fgets(number, sizeof number, stdin)) {
        size_t phones = strtoul(number, NULL, 10);
        if (phones == 0 || phones > LONGEST) return 4;
        for (i = 0; i < phones; i++) {
            if (!fgets(text[i], LINE, stdin)) return 5;
            text[i][strcspn(text[i], "\n")] = 0;
        }
        if (!HTS_Engine_generate_state_sequence_from_strings(&engine, labels, phones) ||
            !HTS_Engine_generate_parameter_sequence(&engine) || (sound && !HTS_Engine_generate_sample_sequence(&engine)))
            return 6;
        printf("%zu %zu", engine.pss.total_frame, sound ? HTS_Engine_get_nsamples(&engine) : 0);
        print_durations(&engine, phones);
        write_parameters(&engine.pss, parameters);
        if (sound) write_sound(&engine, sound);
        HTS_Engine_refresh(&engine);
    }
    HTS_Engine_clear(&engine);
    return fclose(parameters) || (sound && fclose(sound));
}
