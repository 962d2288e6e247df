"""Values that a service's definition lists: botocore knows them, and lets others pass."""


def check_request(params, model, **_):
    """For botocore's event before-parameter-build: a value that is none of those of its type is an error."""
    if model.input_shape is not None:
        check(params, model.input_shape, model.name)


def check(value, shape, path):
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                check(value[name], member, f"{path}.{name}")
    elif shape.type_name == "list":
        for i, each in enumerate(value):
            check(each, shape.member, f"{path}[{i}]")
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        raise ValueError(f"{path}: {value!r} is none of {', '.join(shape.enum)}")
