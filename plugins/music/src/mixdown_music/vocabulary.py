"""The words of a prompt that the composer knows, and what each means. Pure data: the README shows the same tables.

A phrase may stand in several tables: ``battle`` asks for an orchestra, for minor and for much of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from mixdown_music.theory import Mode


def _phrases(table: Mapping[str, str]) -> dict[str, str]:
    """From the rows below (meaning: phrases, parted by commas) to phrase: meaning."""
    return {phrase.strip(): meaning for meaning, row in table.items() for phrase in row.split(",")}


STYLES = _phrases(
    {
        "lofi": "lofi, lo fi, chillhop, chill hop, hip hop, hiphop, boom bap, trip hop, trap, rap, r&b, rnb, soul, reggae,"
        "neo soul, folk, indie, country, acoustic, singer songwriter",
        "orchestral": "orchestral, orchestra, symphony, symphonic, philharmonic, classical, neoclassical, baroque,"
        "chamber, film score, movie score, soundtrack, cinematic, trailer, fanfare, march, waltz, string quartet, opera",
        "ambient": "ambient, drone, soundscape, soundscapes, new age, ethereal, atmospheric, atmosphere",
        "electronic": "electronic, electronica, edm, techno, house, trance, dubstep, drum and bass, drum & bass, dnb,"
        "d&b, synthwave, synth wave, vaporwave, electro, chiptune, 8 bit, 8bit, disco, breakbeat, rave, idm, synthpop,"
        "pop, rock, metal, punk, eurodance",
        "jazz": "jazz, jazzy, swing, swinging, bebop, bop, bossa nova, bossa, blues, bluesy, big band, ragtime, funk,"
        "funky, samba, dixieland, latin",
    }
)
"""Names of styles, each with the genre that comes nearest. A name beats any number of occasions."""
OCCASIONS = _phrases(
    {
        "lofi": "chill, chilled, chilling, chillout, study, studying, homework, reading, coffee shop, coffee, cafe,"
        "café, cozy, cosy, rainy, nostalgic, nostalgia, dusty, vinyl, bedroom, mellow, laid back, focus, concentration,"
        "podcast, vlog, sunday",
        "orchestral": "epic, battle, war, fantasy, dragon, medieval, kingdom, castle, knight, hero, heroic, adventure,"
        "majestic, royal, film, movie, drama, dramatic, tragic, tragedy, fairy tale, pirate, quest, empire, victory,"
        "triumphant, wedding, horror, suspense, villain, boss fight, magical, legend, ballet, christmas",
        "ambient": "sleep, sleeping, sleepy, meditation, meditative, meditate, yoga, spa, relax, relaxing, relaxation,"
        "zen, space, cosmic, ocean, underwater, dream, dreamy, dreams, healing, breathing, massage, nature, floating,"
        "drifting, galaxy, stars, void, mindfulness, mindful, hypnotic, lullaby, forest, desert, glacier",
        "electronic": "club, clubbing, dance, dancing, dancefloor, party, workout, gym, running, racing, cyberpunk,"
        "neon, futuristic, robot, robots, technology, tech, gaming, video game, arcade, retro, 80s, 1980s, festival,"
        "four on the floor, hacker, sci fi, corporate, commercial, advert, sport, sports",
        "jazz": "bar, smoky, smokey, noir, detective, cocktail, speakeasy, 1920s, 1950s, lounge, dinner, restaurant,"
        "martini, late night, elevator, romantic dinner, piano bar, whisky, whiskey",
    }
)
"""Places, pictures and uses, with the genre that suits them."""
MODES = cast(
    dict[str, Mode],
    _phrases(
        {
            "minor": "sad, sadness, melancholy, melancholic, dark, darkness, gloomy, tragic, tragedy, sorrow, sorrowful,"
            "grief, lonely, mournful, tense, tension, suspense, suspenseful, scary, horror, creepy, haunting, haunted,"
            "ominous, sinister, mysterious, mystery, evil, angry, anger, aggressive, battle, war, fight, boss fight, epic,"
            "noir, moody, brooding, bittersweet, danger, dangerous, villain, minor, minor key, dramatic, doom, despair",
            "major": "happy, happiness, joy, joyful, joyous, cheerful, bright, sunny, uplifting, optimistic, hopeful, hope,"
            "playful, funny, fun, triumphant, victory, victorious, celebration, romantic, warm, sweet, wedding, love,"
            "birthday, major, major key, inspiring, inspirational, christmas, kids, children, corporate, positive,"
            "feel good, proud, summer, carefree, whimsical, cute",
        }
    ),
)
_STRENGTHS = {
    "0.1": "sleep, sleeping, sleepy, lullaby, whisper, barely there",
    "0.2": "calm, calming, quiet, soft, softly, gentle, gently, peaceful, meditation, meditative, meditate, spa, serene,"
    "tender, minimal, minimalist, sparse, subtle, delicate, tranquil, still, yoga, breathing, soothing, massage, zen",
    "0.35": "chill, chilled, chilling, chillout, relax, relaxed, relaxing, relaxation, mellow, cozy, cosy, study, studying,"
    "laid back, dreamy, sad, melancholy, melancholic, lonely, mournful, smoky, easy, light, understated",
    "0.65": "upbeat, happy, cheerful, joyful, lively, playful, groovy, bright, funky, fun, dance, dancing, bouncy, tense",
    "0.8": "energetic, energy, powerful, dramatic, club, party, workout, gym, rave, exciting, heroic, uplifting, driving,"
    "pumping, strong, big, loud, festival, triumphant, dancefloor, hard, chase, angry",
    "0.9": "epic, intense, battle, war, fight, boss fight, aggressive, massive, huge, trailer, explosive, furious, wild,"
    "heavy, frantic, thunderous, full",
}
INTENSITIES: dict[str, float] = {phrase: float(share) for phrase, share in _phrases(_STRENGTHS).items()}
_PACES = {
    "0.8": "slow, slowly, very slow, downtempo, down tempo, slow tempo, adagio, largo, sluggish",
    "1.2": "fast, quick, uptempo, up tempo, fast paced, rapid, allegro, chase, racing, presto, very fast, frantic, hectic",
}
PACES: dict[str, float] = {phrase: float(factor) for phrase, factor in _phrases(_PACES).items()}
"""Factors to the genre's own tempo."""

INSTRUMENTS = _phrases(
    {
        "piano": "piano, pianos, grand piano, felt piano, upright piano, pianist",
        "electric_piano": "electric piano, rhodes, wurlitzer, keys, keyboard, keyboards",
        "guitar": "guitar, guitars, acoustic guitar, nylon guitar, classical guitar, fingerpicked guitar",
        "steel_guitar": "steel guitar, steel string guitar",
        "jazz_guitar": "electric guitar, jazz guitar",
        "harp": "harp, harps",
        "strings": "strings, string section, violins, violas",
        "violin": "violin, fiddle",
        "cello": "cello, cellos, celli",
        "choir": "choir, choirs, choral",
        "pad": "pad, pads, synth pad, synth pads, warm pad",
        "synth": "synth, synths, synthesizer, synthesizers, synthesiser, synthesisers, arpeggio, arpeggios",
        "flute": "flute, flutes",
        "oboe": "oboe",
        "clarinet": "clarinet, clarinets",
        "horn": "horn, horns, french horn, french horns",
        "trumpet": "trumpet, trumpets",
        "muted_trumpet": "muted trumpet",
        "brass": "brass, trombone, trombones, brass section",
        "saxophone": "saxophone, sax, saxophones",
        "vibraphone": "vibraphone",
        "marimba": "marimba, xylophone",
        "glockenspiel": "glockenspiel",
        "celesta": "celesta, celeste, music box",
        "kalimba": "kalimba",
        "bells": "bell, bells, chimes",
        "upright_bass": "upright bass, double bass, contrabass, walking bass",
        "finger_bass": "finger bass, bass guitar, electric bass",
        "synth_bass": "synth bass",
        "bass": "bass, bassline, bass line, sub bass, deep bass",
        "drums": "drums, drum, drumming, drum kit, percussion, beat, beats, timpani, cymbals",
        "melody": "melody, melodies, lead",
        "harmony": "chords, harmony",
        "texture": "texture, textures, crackle, vinyl crackle, noise, record noise, risers, hiss",
        "vocals": "vocals, vocal, singing, singer, lyrics, vocalist, vocalists",
    }
)
SUGGESTED = _phrases(
    {
        "orchestral": "strings, violin, cello, brass, horn, oboe, harp, choir",
        "jazz": "saxophone, trumpet, muted_trumpet, upright_bass, vibraphone, jazz_guitar",
        "electronic": "synth, synth_bass",
        "ambient": "pad, bells",
        "lofi": "electric_piano, guitar, steel_guitar",
    }
)
"""The genre that an instrument makes one think of, where nothing else does."""

_SIGNS: dict[tuple[Literal["-", "only"], bool], str] = {
    ("-", True): "no, without, minus, sans, except, exclude",
    ("-", False): "not, never, don't, dont",
    ("only", True): "solo, unaccompanied",
    ("only", False): "only, just",
}
SIGNS = {word: sign for sign, row in _SIGNS.items() for word in row.split(", ")}
"""What turns the phrases behind it, and whether it reaches over adjectives: ``no loud drums``."""
AFTER = frozenset(("only", "alone", "solo"))
"""Behind an instrument: ``piano only``; a ``guitar solo`` is no more than a guitar."""
DRUMLESS = frozenset(("drumless", "beatless"))
CONNECTORS = frozenset(
    (
        "and",
        "or",
        "nor",
        "any",
        "the",
        "a",
        "an",
        "&",
        "of",
        "with",
        "some",
        "use",
        "have",
        "too",
        "very",
        "heavy",
    )
)
"""What may stand between such a word and what it is about."""
_FILLERS = """a an the and or nor of for with in on at to from by as into over under any some my our your me i we you it its it's
    is are be that this these those but want need make create generate compose write give please music musical tune
    tunes song songs     track tracks piece pieces sound sounds sounding feel feels feeling vibe vibes mood style styled type kind like theme
    themed background bed intro outro scene scenes something somewhat very really quite rather more less too so bit little
    lots use using featuring feature features have has plus also while during when where instrumental loop version short
    long good nice great beautiful tempo bpm key time day night free & alone"""
FILLERS = frozenset(_FILLERS.split())
"""Words that ask for nothing by themselves: they are not reported as ignored."""
ADJECTIVES = frozenset((*MODES, *INTENSITIES, *PACES))
PHRASES = frozenset((*STYLES, *OCCASIONS, *ADJECTIVES, *INSTRUMENTS, *DRUMLESS))
