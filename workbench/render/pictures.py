"""stub"""
def render_design(job, scene, design, catalogue):
    return {}
