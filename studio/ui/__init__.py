"""The page: Gradio Blocks, one module for each tab, over the studio's facade."""
