"""The look: one theme over local fonts, so that the page needs nothing from the network."""

from __future__ import annotations

from typing import Final

from gradio.themes import Base, sizes
from gradio.themes.utils.colors import Color

SANS: Final = ("Inter", "ui-sans-serif", "system-ui", "Segoe UI", "Roboto", "Liberation Sans",
               "Helvetica Neue", "sans-serif")  # fmt: skip
MONO: Final = ("ui-monospace", "SFMono-Regular", "Cascadia Mono", "Menlo", "Consolas",
               "Liberation Mono", "monospace")  # fmt: skip

PINE: Final = Color(
    name="pine",
    c50="#eef7f4",
    c100="#d7ece6",
    c200="#b0dacf",
    c300="#80c2b2",
    c400="#4fa593",
    c500="#2b8976",
    c600="#176d5d",
    c700="#12574b",
    c800="#10463d",
    c900="#0d3932",
    c950="#06211d",
)

STONE: Final = Color(
    name="stone",
    c50="#faf8f5",
    c100="#f3f0ea",
    c200="#e6e1d8",
    c300="#d3ccc0",
    c400="#a8a094",
    c500="#7c756b",
    c600="#5d574f",
    c700="#423e39",
    c800="#282624",
    c900="#1c1b1a",
    c950="#131313",
)


class StudioTheme(Base):
    """Warm paper, ink and one green; the same in the dark. The rest is in ``assets/*.css``."""

    def __init__(self) -> None:
        super().__init__(
            primary_hue=PINE,
            secondary_hue=PINE,
            neutral_hue=STONE,
            radius_size=sizes.radius_lg,
            text_size=sizes.text_md,
            font=SANS,
            font_mono=MONO,
        )
        self.name = "studio"
        super().set(
            body_background_fill="*neutral_100",
            body_background_fill_dark="*neutral_950",
            body_text_color="*neutral_900",
            body_text_color_dark="*neutral_100",
            body_text_color_subdued="*neutral_600",
            body_text_color_subdued_dark="*neutral_400",
            background_fill_primary="white",
            background_fill_primary_dark="*neutral_900",
            background_fill_secondary="*neutral_50",
            background_fill_secondary_dark="*neutral_800",
            border_color_primary="*neutral_200",
            border_color_primary_dark="#383532",
            border_color_accent="*primary_600",
            border_color_accent_dark="*primary_400",
            color_accent_soft="*primary_50",
            color_accent_soft_dark="*primary_950",
            link_text_color="*primary_700",
            link_text_color_dark="*primary_300",
            block_background_fill="white",
            block_background_fill_dark="*neutral_900",
            block_border_width="1px",
            block_shadow="none",
            block_label_background_fill="transparent",
            block_label_background_fill_dark="transparent",
            block_label_border_width="0px",
            block_label_text_color="*neutral_600",
            block_label_text_color_dark="*neutral_400",
            block_title_text_color="*neutral_700",
            block_title_text_color_dark="*neutral_300",
            block_title_text_weight="600",
            block_title_text_size="*text_sm",
            block_info_text_color="*neutral_600",
            block_info_text_color_dark="*neutral_400",
            input_background_fill="white",
            input_background_fill_dark="*neutral_950",
            input_border_color="*neutral_300",
            input_border_color_dark="#4a4641",
            input_border_color_focus="*primary_600",
            input_border_color_focus_dark="*primary_400",
            input_placeholder_color="*neutral_500",
            input_placeholder_color_dark="*neutral_500",
            input_shadow="none",
            input_shadow_focus="none",
            button_border_width="1px",
            button_transition="background-color 0.15s ease, border-color 0.15s ease",
            button_primary_background_fill="*primary_600",
            button_primary_background_fill_dark="*primary_400",
            button_primary_background_fill_hover="*primary_700",
            button_primary_background_fill_hover_dark="*primary_300",
            button_primary_border_color="*primary_600",
            button_primary_border_color_dark="*primary_400",
            button_primary_text_color="white",
            button_primary_text_color_dark="*primary_950",
            button_primary_text_color_hover_dark="*primary_950",
            button_secondary_background_fill="white",
            button_secondary_background_fill_dark="*neutral_800",
            button_secondary_background_fill_hover="*neutral_50",
            button_secondary_background_fill_hover_dark="*neutral_700",
            button_secondary_border_color="*neutral_300",
            button_secondary_border_color_dark="#4a4641",
            button_secondary_text_color="*neutral_800",
            button_secondary_text_color_dark="*neutral_100",
            button_large_text_weight="600",
            slider_color="*primary_600",
            slider_color_dark="*primary_400",
            checkbox_background_color_selected="*primary_600",
            checkbox_background_color_selected_dark="*primary_500",
            checkbox_border_color_selected="*primary_600",
            checkbox_border_color_selected_dark="*primary_500",
            checkbox_label_background_fill_selected="*primary_50",
            checkbox_label_background_fill_selected_dark="*primary_950",
            checkbox_label_border_color_selected="*primary_600",
            checkbox_label_border_color_selected_dark="*primary_400",
            shadow_drop="none",
        )
