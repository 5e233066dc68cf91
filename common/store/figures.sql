-- Figures: what monitoring asks, over all tenants.

-- name: desk_figures
SELECT desk_figures()
