"""The genres that exist: one file each, listed here."""

from mixdown_music.genre import Genre
from mixdown_music.genres.ambient import AMBIENT
from mixdown_music.genres.electronic import ELECTRONIC
from mixdown_music.genres.jazz import JAZZ
from mixdown_music.genres.lofi import LOFI
from mixdown_music.genres.orchestral import ORCHESTRAL

GENRES: dict[str, Genre] = {genre.name: genre for genre in (LOFI, AMBIENT, JAZZ, ELECTRONIC, ORCHESTRAL)}

__all__ = ["GENRES"]
