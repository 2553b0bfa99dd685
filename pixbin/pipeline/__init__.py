"""The conversion in memory: raster in, two-valued picture out.

Animation, preview, stream, batch, training, `api` and the command line may import it.
"""
