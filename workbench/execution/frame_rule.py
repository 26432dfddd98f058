"""How many frames the lines of data sets get, for statistics that know no network."""

from collections.abc import Iterable

from workbench.data.measures import FrameRule
from workbench.errors import WorkbenchError
from workbench.models.geometry import Geometry, geometry_of, input_size, needed_frames
from workbench.models.registry import architecture_spec
from workbench.study.schema import Preprocessing


def frame_rule(architectures: Iterable[str], preprocessing: Preprocessing) -> FrameRule | None:
    """Return the rule of the architecture with the fewest frames; None where none of them can be understood."""
    geometries: dict[str, Geometry] = {}
    for name in architectures:
        try:
            geometries[name] = geometry_of(architecture_spec(name))
        except WorkbenchError:
            continue  # the study's own page says what is wrong with it
    if not geometries:
        return None
    name, geometry = max(geometries.items(), key=lambda item: item[1].frame_px)
    return FrameRule(
        architecture=name,
        line_height_px=preprocessing.line_height_px,
        frames=lambda height, width: input_size(height, width, preprocessing, geometry).ctc_frames,
        needed=needed_frames,
    )
