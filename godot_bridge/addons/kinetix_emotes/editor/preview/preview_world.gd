@tool
extends RefCounted
## Surroundings of the preview: light, sky and a tiled floor that shows travel.

const FLOOR_M := 40.0
const TILE_M := 0.5
const TILES: Array[Color] = [Color(0.26, 0.28, 0.33), Color(0.29, 0.31, 0.36)]


## Fills [param viewport]. Returns its camera, to be placed.
static func build(viewport: SubViewport) -> Camera3D:
	var camera := Camera3D.new()
	camera.fov = 40.0
	viewport.add_child(camera)
	var light := DirectionalLight3D.new()
	light.rotation_degrees = Vector3(-45, 30, 0)
	light.shadow_enabled = false
	viewport.add_child(light)
	var world := WorldEnvironment.new()
	var environment := Environment.new()
	environment.background_mode = Environment.BG_COLOR
	environment.background_color = Color(0.16, 0.17, 0.2)
	environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	environment.ambient_light_color = Color(0.6, 0.63, 0.7)
	world.environment = environment
	viewport.add_child(world)
	var floor_mesh := MeshInstance3D.new()
	var plane := PlaneMesh.new()
	plane.size = Vector2(FLOOR_M, FLOOR_M)
	var tiles := Image.create_empty(2, 2, false, Image.FORMAT_RGB8)
	for tile: int in 4:
		tiles.set_pixel(tile % 2, tile / 2, TILES[(tile + tile / 2) % 2])
	var material := StandardMaterial3D.new()
	material.albedo_texture = ImageTexture.create_from_image(tiles)
	material.texture_filter = BaseMaterial3D.TEXTURE_FILTER_NEAREST
	material.uv1_scale = Vector3.ONE * (FLOOR_M / (2.0 * TILE_M))
	plane.material = material
	floor_mesh.mesh = plane
	viewport.add_child(floor_mesh)
	return camera
