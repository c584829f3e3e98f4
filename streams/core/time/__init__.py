"""Time: watermark, deadlines and business days, on plain milliseconds."""
